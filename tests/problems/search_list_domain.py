"""The list of folders that are searched names one that does not exist."""

import struct

from problems import TOP, store

PROBLEM = "SEARCH_LIST"
EXPECT = ["SEARCH_LIST"]
FOLLOWS = []
NODE, NOWHERE = 0x261, 0x9F02


def build(fmt):
    return store(fmt, lambda draft: draft.write((NODE,), struct.pack("<II", TOP, NOWHERE))).sealed()


def place(image):
    return {"nid": NODE, "found": NOWHERE}
