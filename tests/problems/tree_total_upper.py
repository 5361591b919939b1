"""A list of lists of data blocks says that they have one byte more than they have."""

import struct

from problems import lists, store

PROBLEM = "TREE_TOTAL"
STORE = dict(x_fill=2)
EXPECT = ["TREE_TOTAL"]
FOLLOWS = []
REMAINS = ["xblock"]


def upper(image):
    return next(block for block in lists(image, 1) if image.store.children(block.bid)[1] == 2)


def build(fmt):
    image = store(fmt, **STORE)
    block = upper(image)
    total, = struct.unpack_from("<I", block.data, 4)
    block.write(block.data[:4] + struct.pack("<I", total + 1) + block.data[8:])
    return image.sealed()


def place(image):
    block = upper(image)
    return {"offset": block.ib, "id": block.bid}
