"""The heap of an embedded message names as its root an item that is not there."""

import struct

from problems import IN_EMBEDDED, NO_ITEM, at, store

PROBLEM = "PC_UNREADABLE"
EXPECT = ["PC_UNREADABLE"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.heap(*IN_EMBEDDED).edit(4, struct.pack("<I", NO_ITEM))).sealed()


def place(image):
    return {**at(*IN_EMBEDDED), "offset": image.node_block(*IN_EMBEDDED).ib}
