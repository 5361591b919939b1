"""A conversation has a message that does not exist, a place that is free, and half an id; the list of another
conversation is not there."""

import struct

from problems import NO_ITEM, store

PROBLEM = "MAP_ALONE"
EXPECT = ["MAP_ALONE"]
FOLLOWS = []
NODE, NOWHERE = 0xE01, 0x2FFF04


def damage(draft):
    index = draft.heap(NODE)
    (first, listed), (second, _), *rest = index.tree(0x40).records()
    hid = int.from_bytes(listed, "little")
    index.set(hid, index.item(hid) + struct.pack("<IIH", NOWHERE, 0, 0x24))
    index.tree(0x40).put([(first, listed), (second, NO_ITEM.to_bytes(4, "little")), *rest])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": NODE, "count": 1}
