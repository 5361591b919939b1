"""The records of a folder's properties are in several items; the one above them has a wrong key for the second."""

import struct

from problems import FOLDER, store

EXPECT = ["BTH_KEY"]
FOLLOWS = []


def damage(draft):
    pc = draft.pc(FOLDER)
    tree = pc.tree(pc.root)
    tree.deepen(2)
    second = tree.records()[2][0]
    pc.edit_item(tree.root, 6, struct.pack("<H", second + 1))


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    last = image.heap(FOLDER).hids()[-1]
    leaves = -(-len(image.pc(FOLDER).records()) // 2)
    return {"nid": FOLDER, "hid": last + 32 * leaves}      # behind the new leaves: the first took the old one's place
