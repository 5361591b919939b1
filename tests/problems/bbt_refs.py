"""The count of a block that several tables share says that only one refers to it."""

from problems import store

EXPECT = ["BBT_REFS"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.bbt.set(image.node(0x60E).data, cref=2)
    return image.sealed()


def place(image):
    block = image.node_block(0x60E)
    return {"offset": block.ib, "id": block.bid, "found": 2, "expected": block.cref}
