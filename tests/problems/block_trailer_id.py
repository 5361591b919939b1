"""A bit of the id in a block's trailer has flipped, beyond those that the signature covers: nobody gave such an id."""

from problems import message, store

PROBLEM = "BLOCK_TRAILER"
EXPECT = ["BLOCK_TRAILER"]
FOLLOWS = ["NODE_HOLES"]


def damaged(image):
    return image.block(image.node(message(image)).sub)


def build(fmt):
    image = store(fmt)
    block, f = damaged(image), image.format
    block.flip(block.size - f.block_tail + f.block_bid + f.word - 2)
    return image.sealed()


def place(image):
    return {"offset": damaged(image).ib, "id": damaged(image).bid}
