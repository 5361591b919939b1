"""The end of a block, trailer and all, was overwritten with zeros."""

from problems import message, store

EXPECT = ["BLOCK_TRAILER"]
FOLLOWS = ["NODE_HOLES"]


def build(fmt):
    image = store(fmt)
    block = image.node_block(message(image))
    end = block.ib + block.size
    image.zero(end - image.format.align, end)
    return image.sealed()


def place(image):
    block = image.node_block(message(image))
    return {"offset": block.ib, "id": block.bid}
