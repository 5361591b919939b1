"""A list of lists of subnodes gives another first id for one of these than it has."""

import struct

from problems import lists, store

PROBLEM = "SUBNODE_ORDER"
STORE = dict(sl_fill=3, subnodes=10)
EXPECT = ["SUBNODE_ORDER"]
FOLLOWS = []
REMAINS = ["subnodes"]


def upper(image):
    return next(block for block in lists(image, 2) if image.store.children(block.bid)[1])


def build(fmt):
    image = store(fmt, **STORE)
    f, block = image.format, upper(image)
    data, at = bytearray(block.data), image.format.sl_head + image.format.si_size
    nid, = struct.unpack_from("<" + f.W, data, at)
    struct.pack_into("<" + f.W, data, at, nid - 32)
    block.write(bytes(data))
    return image.sealed()


def place(image):
    block = upper(image)
    nid = image.store.children(block.bid)[3][1][0]
    return {"offset": block.ib, "id": block.bid, "found": nid, "expected": nid - 32}
