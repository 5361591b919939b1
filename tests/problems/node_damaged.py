"""A bit of the only block of a message's properties has rotted: the block stays as it stands."""

from problems import message, store

EXPECT = ["BLOCK_CRC"]
FOLLOWS = ["NODE_DAMAGED"]
REMAINS = ["block"]


def build(fmt):
    image = store(fmt)
    image.node_block(message(image)).flip(100)
    return image.sealed()


def place(image):
    return {"nid": message(image), "id": image.node_block(message(image)).bid}
