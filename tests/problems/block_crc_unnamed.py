"""A bit of a block has rotted, and the leaf of the block index that named it is lost: its trailer tells its id."""

from problems import message, store

PROBLEM = "BLOCK_CRC"
EXPECT = ["BBT_PAGE", "BLOCK_CRC"]
FOLLOWS = ["NODE_DAMAGED", "BBT_UNNAMED", "AMAP_LEAK"]
REMAINS = ["block"]


def build(fmt):
    image = store(fmt)
    block = image.node_block(message(image))
    image.bbt.find(block.bid)[0].zero()
    block.flip(20)
    return image.sealed()


def place(image):
    block = image.node_block(message(image))
    return {"offset": block.ib, "id": block.bid}
