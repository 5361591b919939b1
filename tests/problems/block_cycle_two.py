"""Two lists of subnodes name each other as the list below."""

import struct

from problems import lists, store

PROBLEM = "BLOCK_CYCLE"
EXPECT = ["BLOCK_CYCLE"]
COUNTS = {"BLOCK_CYCLE": 2}
FOLLOWS = ["NODE_LIST"]


def build(fmt):
    image = store(fmt)
    f, (one, two, *_) = image.format, lists(image, 2)
    for block, other in ((one, two), (two, one)):
        data = bytearray(block.data)
        struct.pack_into("<" + f.W, data, f.sl_head + 2 * f.word, other.bid)
        block.write(bytes(data))
        image.bbt.set(block.bid, cref=block.cref + 1)
    return image.sealed()


def place(image):
    return [{"id": block.bid} for block in lists(image, 2)[:2]]
