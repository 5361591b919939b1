"""The entry id of the folder for deleted items leads to a folder that does not exist.  OSTs have no such entry ids."""

import struct

from problems import store

FORMATS = ("ansi", "unicode")
EXPECT = ["STORE_ENTRY_ID"]
FOLLOWS = []
NOWHERE = 0x9F02


def damage(draft):
    pc = draft.pc(0x21)
    pc.edit_item(pc.get(0x35E3)[2], 20, struct.pack("<I", NOWHERE))


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": 0x21, "tag": 0x35E3_0102, "found": NOWHERE}
