"""The records of a folder's properties are in several items, and the one above them names one that is not there."""

import struct

from problems import FOLDER, NO_ITEM, store

PROBLEM = "BTH_ITEM"
EXPECT = ["BTH_ITEM"]
FOLLOWS = []


def damage(draft):
    pc = draft.pc(FOLDER)
    tree = pc.tree(pc.root)
    tree.deepen(2)
    pc.edit_item(tree.root, 6 + 2, struct.pack("<I", NO_ITEM))


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": FOLDER}
