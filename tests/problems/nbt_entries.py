"""A leaf of the node index says that it has room for one entry, but has more."""

from problems import store

EXPECT = ["NBT_ENTRIES"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.nbt.leaf(1).set_meta(cEntMax=1)
    return image.sealed()


def place(image):
    return {"offset": image.nbt.leaf(1).ib, "id": image.nbt.leaf(1).bid}
