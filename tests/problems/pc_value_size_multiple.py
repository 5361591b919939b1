"""A property of two texts says that the second begins behind its end."""

import struct

from problems import FOLDER, store

PROBLEM = "PC_VALUE_SIZE"
EXPECT = ["PC_VALUE_SIZE"]
FOLLOWS = []
VALUE = struct.pack("<III", 2, 12, 400) + bytes(8)


def damage(draft):
    draft.pc(FOLDER).add_property(0x3A58_1000 | draft.format.string, VALUE)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": FOLDER, "tag": 0x3A58_1000 | image.format.string, "found": len(VALUE)}
