"""The properties of a message begin with the header of a tree whose root is not there."""

import struct

from problems import MESSAGES, NO_ITEM, store

PROBLEM = "BTH_ITEM"
EXPECT = ["BTH_ITEM"]
FOLLOWS = []


def damage(draft):
    pc = draft.pc(MESSAGES[1])
    pc.edit_item(pc.root, 4, struct.pack("<I", NO_ITEM))


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[1], "hid": NO_ITEM}
