"""Everything up to the first allocation map is zero, the density list too."""

from problems import store

PROBLEM = "HEADER_MAGIC"
STORE = dict(stale=True)
EXPECT = ["HEADER_MAGIC", "DLIST_PAGE"]
FOLLOWS = ["NBT_RANGE_OPEN"]


def build(fmt):
    image = store(fmt, **STORE)
    image.zero(0, image.format.first_amap)
    return image.sealed()
