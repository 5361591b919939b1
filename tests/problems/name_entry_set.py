"""A named property is in a property set that the map does not have."""

import struct

from problems import store

PROBLEM = "NAME_ENTRY"
EXPECT = ["NAME_ENTRY"]
FOLLOWS = []
PROPERTY = 0x8002


def damage(draft):
    pc = draft.pc(0x61)
    pc.edit_item(pc.get(0x0003)[2], 8 * (PROPERTY - 0x8000) + 4, struct.pack("<H", 40 << 1))


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": 0x61, "tag": PROPERTY << 16}
