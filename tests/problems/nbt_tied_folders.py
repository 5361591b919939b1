"""A leaf of the node index that names templates, folders and their tables is lost.  Templates are alike, and shared by
folders: counts of references tell who lacks one."""

from problems import store

PROBLEM = "NBT_TIED"
EXPECT = ["NBT_PAGE"]
FOLLOWS = ["NBT_TIED", "NBT_RANGE_OPEN", "AMAP_LEAK"]


def build(fmt):
    image = store(fmt)
    image.nbt.leaf(2).zero()
    return image.sealed()
