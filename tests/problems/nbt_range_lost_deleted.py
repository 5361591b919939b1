"""The last leaf of the node index is lost; behind it once stood another, for a message that was deleted.

The superseded page has a higher id than the one that is lost, but no say in its range."""

from problems import store

PROBLEM = "NBT_RANGE_LOST"
STORE = dict(stale=True, messages=7)
EXPECT = ["NBT_PAGE"]
FOLLOWS = ["NBT_RANGE_LOST", "BLOCK_UNOWNED", "AMAP_LEAK", "NBT_DROPPED", "MESSAGE_ROW_ALONE"]


def build(fmt):
    image = store(fmt, **STORE)
    last = image.nbt.leaf(-1)
    assert last.get(0)["key"] != image.stale.changed and last.get(len(last) - 1)["key"] < image.stale.deleted
    last.zero()
    return image.sealed()


def place(image):
    before = image.nbt.leaf(-2)
    return {"offset": image.nbt.leaf(-1).ib, "expected": before.get(len(before) - 1)["key"] + 1}
