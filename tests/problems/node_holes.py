"""A message's list of subnodes has a wrong checksum: what it says is taken if nothing else needs it, and the message is marked."""

from problems import message, store

EXPECT = ["BLOCK_CRC"]
FOLLOWS = ["NODE_HOLES"]


def damaged(image):
    return image.block(image.node(message(image)).sub)


def build(fmt):
    image = store(fmt)
    block = damaged(image)
    block.flip(image.format.sl_head, 7)
    return image.sealed()


def place(image):
    return {"nid": message(image), "id": damaged(image).bid}
