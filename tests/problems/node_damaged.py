"""A message's list of subnodes has a wrong checksum: the message is not whole, though its own block is."""

from problems import message, store

EXPECT = ["BLOCK_CRC"]
FOLLOWS = ["NODE_DAMAGED"]
REMAINS = ["block", "cref"]   # the independent reader does not count what such a block lists


def damaged(image):
    return image.block(image.node(message(image)).sub)


def build(fmt):
    image = store(fmt)
    block = damaged(image)
    block.flip(image.format.sl_head, 7)
    return image.sealed()


def place(image):
    return {"nid": message(image), "id": damaged(image).bid}
