"""The root pages of both indexes are zero."""

from problems import store

PROBLEM = "NBT_ROOT"
STORE = dict(stale=True)
EXPECT = ["NBT_ROOT", "BBT_ROOT"]
FOLLOWS = ["AMAP_LEAK", "NBT_RANGE_OPEN", "NBT_DROPPED"]       # of the pages that were


def build(fmt):
    image = store(fmt, **STORE)
    image.nbt.root.zero()
    image.bbt.root.zero()
    return image.sealed()
