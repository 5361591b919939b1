"""The last leaf of the node index is lost; behind it once stood another, for a message that was deleted.

The superseded page has a higher id than the one that is lost, but no say in its range."""

from problems import store

PROBLEM = "NBT_TIED"
STORE = dict(stale=True, messages=7)
EXPECT = ["NBT_PAGE"]
FOLLOWS = ["NBT_TIED", "NBT_RANGE_OPEN", "AMAP_LEAK", "NBT_DROPPED"]


def build(fmt):
    image = store(fmt, **STORE)
    last = image.nbt.leaf(-1)
    assert last.get(0)["key"] != image.stale.changed and last.get(len(last) - 1)["key"] < image.stale.deleted
    last.zero()
    return image.sealed()


def place(image):
    return {"nid": image.nbt.leaf(-1).get(0)["key"]}
