"""A list of subnodes names itself as the list below its first entry."""

import struct

from problems import lists, store

EXPECT = ["BLOCK_CYCLE"]
FOLLOWS = ["NODE_LIST"]


def build(fmt):
    image = store(fmt)
    f, block = image.format, lists(image, 2)[0]
    data = bytearray(block.data)
    struct.pack_into("<" + f.W, data, f.sl_head + 2 * f.word, block.bid)
    block.write(bytes(data))
    image.bbt.set(block.bid, cref=block.cref + 1)
    return image.sealed()


def place(image):
    block = lists(image, 2)[0]
    return {"offset": block.ib, "id": block.bid}
