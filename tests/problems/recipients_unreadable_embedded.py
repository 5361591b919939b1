"""The head of an embedded message's table of recipients is not there."""

import struct

from problems import IN_EMBEDDED, MESSAGES, NO_ITEM, RECIPIENTS, store

PROBLEM = "RECIPIENTS_UNREADABLE"
EXPECT = ["RECIPIENTS_UNREADABLE"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.heap(*IN_EMBEDDED, RECIPIENTS).edit(4, struct.pack("<I", NO_ITEM))).sealed()


def place(image):
    return {"nid": MESSAGES[4], "sub": RECIPIENTS}
