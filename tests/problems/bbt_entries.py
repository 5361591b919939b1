"""A leaf of the block index says that it has room for one entry, but has more."""

from problems import store

EXPECT = ["BBT_ENTRIES"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.bbt.leaf(1).set_meta(cEntMax=1)
    return image.sealed()


def place(image):
    return {"offset": image.bbt.leaf(1).ib, "id": image.bbt.leaf(1).bid}
