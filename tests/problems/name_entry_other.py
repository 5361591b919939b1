"""The entry of one named property says that it stands for another."""

import struct

from problems import store

PROBLEM = "NAME_ENTRY"
EXPECT = ["NAME_ENTRY"]
FOLLOWS = []
PROPERTY = 0x8003


def damage(draft):
    pc = draft.pc(0x61)
    pc.edit_item(pc.get(0x0003)[2], 8 * (PROPERTY - 0x8000) + 6, struct.pack("<H", 0x20))


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": 0x61}
