"""One bit of a block's id in the block index is flipped: the entry leads to the block all the same."""

from problems import message, store

EXPECT = ["BBT_ID"]
FOLLOWS = ["BBT_UNNAMED"]


def build(fmt):
    image = store(fmt)
    block = image.node_block(message(image))
    leaf, i = image.bbt.find(block.bid)
    leaf.set(i, key=wrong(block))
    return image.sealed()


def wrong(block):
    return block.bid ^ 2


def place(image):
    block = image.node_block(message(image))
    return {"offset": block.ib, "id": wrong(block), "found": block.bid}
