"""One more entry id of the store, of a kind that is known from few files, leads to a folder that does not exist.  OSTs have
something else there."""

import struct

from problems import store

PROBLEM = "STORE_ENTRY_ID"
FORMATS = ("ansi", "unicode")
EXPECT = ["STORE_ENTRY_ID"]
FOLLOWS = []
NOWHERE = 0x9F02


def damage(draft):
    pc = draft.pc(0x21)
    deleted = pc.value(pc.get(0x35E3)[2])
    pc.add_property(0x3416_0102, deleted[:20] + struct.pack("<I", NOWHERE))


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": 0x21, "tag": 0x3416_0102, "found": NOWHERE}
