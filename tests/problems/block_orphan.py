"""A node has given its block up, and the index has counted that, but the block is still in it."""

from problems import store

EXPECT = ["BLOCK_ORPHAN"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.bbt.set(image.node(0x201).data, cref=1)
    image.nbt.set(0x201, data=0)
    return image.sealed()


def place(image):
    block = image.node_block(0x201)
    return {"offset": block.ib, "id": block.bid}
