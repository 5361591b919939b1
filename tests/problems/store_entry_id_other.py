"""One more entry id of the store, with flags that are none of a folder's, leads to a folder that does not exist.  OSTs
have there one of another store."""

import struct

from problems import store

PROBLEM = "STORE_ENTRY_ID"
FORMATS = ("ansi", "unicode")
EXPECT = ["STORE_ENTRY_ID"]
FOLLOWS = []
NOWHERE = 0x80023


def damage(draft):
    pc = draft.pc(0x21)
    key = pc.value(pc.get(0x0FF9)[2])
    pc.add_property(0x3416_0102, b"\0\0\0\1" + key + struct.pack("<I", NOWHERE))


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": 0x21, "tag": 0x3416_0102, "found": NOWHERE}
