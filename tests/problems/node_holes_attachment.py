"""A bit has rotted in the properties of an attachment, which can be read and stay as they stand; its list of subnodes was written over."""

from problems import ATTACHMENT, MESSAGES, store

PROBLEM = "NODE_HOLES"
EXPECT = ["BLOCK_CRC"]
COUNTS = {"BLOCK_CRC": 2}
FOLLOWS = ["NODE_DAMAGED", "NODE_HOLES"]
REMAINS = ["block"]


def damaged(image):
    return [image.block(bid) for bid in image.store.subnodes(image.node(MESSAGES[0]).sub)[ATTACHMENT]]


def build(fmt):
    image = store(fmt)
    properties, subnodes = damaged(image)
    properties.flip(90)
    image.write(subnodes.ib, b"overwritten")
    return image.sealed()


def place(image):
    return {"nid": MESSAGES[0], "id": damaged(image)[1].bid}
