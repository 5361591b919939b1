"""An entry of the block index leads behind the end of the file, and the block is nowhere in it."""

from problems import message, store

EXPECT = ["BBT_NOWHERE"]
FOLLOWS = ["BLOCK_MISSING", "NODE_HOLES"]


def build(fmt):
    image = store(fmt)
    block = image.node_block(message(image))
    block.zero()
    image.bbt.set(block.bid, ib=0x40000000)
    image.amap(0).set_range(block.ib, block.size, 0)
    image.header.cbAMapFree += block.size
    return image.sealed()


def place(image):
    return {"id": image.node(message(image)).data, "offset": 0x40000000}
