"""A list of data blocks says that they have one byte more than they have."""

import struct

from problems import lists, store

EXPECT = ["TREE_TOTAL"]
FOLLOWS = []
REMAINS = ["xblock"]


def build(fmt):
    image = store(fmt)
    block = lists(image, 1)[0]
    total, = struct.unpack_from("<I", block.data, 4)
    block.write(block.data[:4] + struct.pack("<I", total + 1) + block.data[8:])
    return image.sealed()


def place(image):
    block = lists(image, 1)[0]
    total, = struct.unpack_from("<I", block.data, 4)
    return {"offset": block.ib, "id": block.bid, "found": total + 1, "expected": total}
