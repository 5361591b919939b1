"""The list of active searches names a folder that does not exist."""

import struct

from problems import SPAM, store

EXPECT = ["SEARCH_LIST"]
FOLLOWS = []
NODE, NOWHERE = 0x201, 0x9F03


def build(fmt):
    return store(fmt, lambda draft: draft.write((NODE,), struct.pack("<II", SPAM, NOWHERE))).sealed()


def place(image):
    return {"nid": NODE, "found": NOWHERE}
