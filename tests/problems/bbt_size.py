"""An entry of the block index says one byte less than the block has."""

from problems import message, store

EXPECT = ["BBT_SIZE"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    block = image.node_block(message(image))
    image.bbt.set(block.bid, cb=block.cb - 1)
    return image.sealed()


def place(image):
    block = image.node_block(message(image))
    return {"offset": block.ib, "id": block.bid, "found": block.cb - 1, "expected": block.cb}
