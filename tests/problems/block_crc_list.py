"""A bit of a reference has rotted in a message's list of subnodes: what it led to looks as if nothing needed it."""

from problems import message, store

PROBLEM = "BLOCK_CRC"
EXPECT = ["BLOCK_CRC"]
FOLLOWS = ["NODE_HOLES"]


def damaged(image):
    return image.block(image.node(message(image)).sub)


def build(fmt):
    image = store(fmt)
    block = damaged(image)
    block.flip(block.cb - 1)            # the list of subnodes of the last entry, an attachment
    return image.sealed()


def place(image):
    return {"offset": damaged(image).ib, "id": damaged(image).bid}
