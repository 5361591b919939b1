"""The message store does not say which folder is the top of the tree.  OSTs never do."""

from problems import store

PROBLEM = "STORE_PROPERTY"
FORMATS = ("ansi", "unicode")
EXPECT = ["STORE_PROPERTY"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.pc(0x21).remove(0x35E0)).sealed()


def place(image):
    return {"nid": 0x21, "tag": 0x35E0_0102}
