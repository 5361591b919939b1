"""The map of databases, node 0x801, names as its tree an item that is not there.  Only OSTs have it."""

import struct

from problems import NO_ITEM, store

PROBLEM = "BTH_HEADER"
STORE = dict(server_ids=True)
FORMATS = ("unicode4k",)
EXPECT = ["BTH_HEADER"]
FOLLOWS = []
NODE = 0x801


def build(fmt):
    return store(fmt, lambda draft: draft.heap(NODE).edit_item(0x20, 0, struct.pack("<I", NO_ITEM)), **STORE).sealed()


def place(image):
    return {"nid": NODE}
