"""The list of active searches ends in half an id."""

import struct

from problems import SPAM, store

PROBLEM = "SEARCH_QUEUE"
EXPECT = ["SEARCH_QUEUE"]
FOLLOWS = []
NODE = 0x201


def build(fmt):
    return store(fmt, lambda draft: draft.write((NODE,), struct.pack("<IH", SPAM, 0))).sealed()


def place(image):
    return {"nid": NODE, "found": 6, "expected": 4}
