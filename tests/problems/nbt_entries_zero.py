"""A leaf of the node index counts an entry more than it has: node 0 without data is none."""

from problems import store

PROBLEM = "NBT_ENTRIES"
EXPECT = ["NBT_ENTRIES"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.nbt.leaf(1).set_meta(cEnt=len(image.nbt.leaf(1)) + 1)
    return image.sealed()


def place(image):
    return {"offset": image.nbt.leaf(1).ib, "id": image.nbt.leaf(1).bid}
