"""A leaf of the node index says that it is of level 3.  Its entries are a leaf's, and its parent expects one."""

from problems import store

PROBLEM = "NBT_LEVEL"
EXPECT = ["NBT_LEVEL"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.nbt.leaf(2).set_meta(level=3)
    return image.sealed()


def place(image):
    return {"offset": image.nbt.leaf(2).ib, "found": 3, "expected": 0}
