"""A conversation whose list is in a subnode has two messages that do not exist, and one that does."""

import struct

from problems import MESSAGES, store

PROBLEM = "MAP_ALONE"
EXPECT = ["MAP_ALONE"]
FOLLOWS = []
NODE, NOWHERE = 0xE01, (0x2FFF04, 0x2FFF24)


def damage(draft):
    nid = draft.new_nid(0x1F)
    draft.add((NODE, nid), struct.pack("<3I", *NOWHERE, MESSAGES[0]))
    tree = draft.heap(NODE).tree(0x40)
    (first, _), *rest = tree.records()
    tree.put([(first, nid.to_bytes(4, "little")), *rest])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": NODE, "count": 2}
