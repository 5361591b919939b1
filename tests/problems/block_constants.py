"""The number in a block's trailer that is 2 in all files seen is 3.  Only trailers of 4 KiB files have it."""

from problems import message, store

FORMATS = ("unicode4k",)
EXPECT = ["BLOCK_CONSTANTS"]
FOLLOWS = []
REMAINS = ["block"]         # the independent reader is strict


def build(fmt):
    image = store(fmt)
    image.node_block(message(image)).set_trailer(two=3)
    return image.sealed()


def place(image):
    block = image.node_block(message(image))
    return {"offset": block.ib, "id": block.bid}
