"""The record key of the message store is empty, so no entry id can be compared with it.  Not asked of OSTs, whose entry ids
do not have it."""

from problems import store

PROBLEM = "STORE_PROPERTY"
FORMATS = ("ansi", "unicode")
EXPECT = ["STORE_PROPERTY"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.pc(0x21).change(0x0FF9, raw=0)).sealed()


def place(image):
    return {"nid": 0x21, "tag": 0x0FF9_0102}
