"""The name of a property lies behind the end of the stream of names."""

import struct

from problems import store

EXPECT = ["NAME_ENTRY"]
FOLLOWS = []
PROPERTY = 0x8003


def damage(draft):
    pc = draft.pc(0x61)
    pc.edit_item(pc.get(0x0003)[2], 8 * (PROPERTY - 0x8000) + 0, struct.pack("<I", 0x7FF0))


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": 0x61, "tag": PROPERTY << 16}
