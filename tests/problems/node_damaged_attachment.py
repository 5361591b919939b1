"""A bit has rotted in the trailer of the only block of an attachment's properties: they can be read, and stay as they stand."""

from problems import ATTACHMENT, MESSAGES, store

PROBLEM = "NODE_DAMAGED"
EXPECT = ["BLOCK_TRAILER"]
FOLLOWS = ["NODE_DAMAGED"]
REMAINS = ["block"]


def damaged(image):
    data, _ = image.store.subnodes(image.node(MESSAGES[0]).sub)[ATTACHMENT]
    return image.block(data)


def build(fmt):
    image = store(fmt)
    block = damaged(image)
    image.flip(block.ib + image.format.disk_size(block.cb) - image.format.block_tail + 2)    # wSig
    return image.sealed()


def place(image):
    return {"nid": MESSAGES[0], "id": damaged(image).bid}
