"""The head of an embedded message's table of recipients is not there."""

import struct

from problems import IN_EMBEDDED, NO_ITEM, RECIPIENTS, at, store

PROBLEM = "RECIPIENTS_UNREADABLE"
EXPECT = ["RECIPIENTS_UNREADABLE"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.heap(*IN_EMBEDDED, RECIPIENTS).edit(4, struct.pack("<I", NO_ITEM))).sealed()


def place(image):
    return {**at(*IN_EMBEDDED, RECIPIENTS)}
