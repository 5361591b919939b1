"""The root of the node index says that it is a leaf, its checksum is right: what it holds are no nodes.

In every other way it says what it is, so nothing is read from it, and the leaves are found without it."""

from problems import store

PROBLEM = "NBT_ENTRIES"
EXPECT = ["NBT_ENTRIES", "NBT_RANGE_OPEN", "AMAP_LEAK"]


def build(fmt):
    image = store(fmt)
    image.nbt.root.set_meta(level=0)
    return image.sealed()


def place(image):
    return {"offset": image.nbt.root.ib, "id": image.nbt.root.bid}
