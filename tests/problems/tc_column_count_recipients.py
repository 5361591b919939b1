"""The head of a table of recipients counts half of its columns."""

import struct

from problems import MESSAGES, RECIPIENTS, store

PROBLEM = "TC_COLUMN_COUNT"
EXPECT = ["TC_COLUMN_COUNT"]
FOLLOWS = []
HALF = 7


def damage(draft):
    recipients = draft.table(MESSAGES[0], RECIPIENTS)
    recipients.edit_item(recipients.root, 1, struct.pack("<B", HALF))


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[0], "sub": RECIPIENTS, "found": HALF, "expected": 2 * HALF}
