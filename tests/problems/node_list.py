"""A message's list of subnodes names itself as that of its first subnode."""

import struct

from problems import message, store

EXPECT = ["BLOCK_CYCLE"]
COUNTS = {"BLOCK_CYCLE": 2}      # the list, and what it lists
FOLLOWS = ["NODE_LIST"]


def damaged(image):
    return image.block(image.node(message(image)).sub)


def build(fmt):
    image = store(fmt)
    f, block = image.format, damaged(image)
    data = bytearray(block.data)
    struct.pack_into("<" + f.W, data, f.sl_head + 2 * f.word, block.bid)
    block.write(bytes(data))
    image.bbt.set(block.bid, cref=block.cref + 1)
    return image.sealed()


def place(image):
    return {"nid": message(image), "id": damaged(image).bid}
