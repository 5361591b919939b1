"""The message store has no record key, so no entry id can be compared with it.  Not asked of OSTs,
whose entry ids do not have it."""

from problems import store

PROBLEM = "STORE_PROPERTY"
FORMATS = ("ansi", "unicode")
EXPECT = ["STORE_PROPERTY"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.pc(0x21).remove(0x0FF9)).sealed()


def place(image):
    return {"nid": 0x21, "tag": 0x0FF9_0102}
