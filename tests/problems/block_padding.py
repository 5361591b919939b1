"""The byte behind the data of a block is not zero."""

from problems import message, store

EXPECT = ["BLOCK_PADDING"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    block = image.node_block(message(image))
    assert block.cb + image.format.block_tail < block.size
    block.write_raw(block.cb, b"\1")
    return image.sealed()


def place(image):
    block = image.node_block(message(image))
    return {"offset": block.ib, "id": block.bid}
