"""An entry id of the store that only some stores have leads to a folder that does not exist."""

import struct

from problems import store

PROBLEM = "STORE_ENTRY_ID"
FORMATS = ("ansi", "unicode")   # OSTs have no such entry ids
EXPECT = ["STORE_ENTRY_ID"]
FOLLOWS = []
NOWHERE = 0x9F02


def damage(draft):
    pc = draft.pc(0x21)
    entry = bytearray(pc.item(pc.get(0x35E3)[2]))
    entry[20:24] = struct.pack("<I", NOWHERE)
    pc.add_property(0x35E5_0102, bytes(entry))


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": 0x21, "tag": 0x35E5_0102, "found": NOWHERE}
