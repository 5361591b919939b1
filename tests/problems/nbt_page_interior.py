"""All pages of both indexes but their leaves are zero, roots included."""

from problems import store

PROBLEM = "BBT_ROOT"
STORE = dict(stale=True)
EXPECT = ["NBT_ROOT", "BBT_ROOT"]
FOLLOWS = ["AMAP_LEAK", "NBT_RANGE_OPEN", "NBT_DROPPED"]       # of the pages that were


def build(fmt):
    image = store(fmt, **STORE)
    for page in image.nbt.interior + image.bbt.interior:
        page.zero()
    return image.sealed()
