"""A bit of a message's property context has rotted."""

from problems import message, store

EXPECT = ["BLOCK_CRC"]
FOLLOWS = ["NODE_DAMAGED"]
REMAINS = ["block"]


def build(fmt):
    image = store(fmt)
    image.node_block(message(image)).flip(20)
    return image.sealed()


def place(image):
    block = image.node_block(message(image))
    return {"offset": block.ib, "id": block.bid}
