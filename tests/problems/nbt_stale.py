"""The current leaf that names the newest messages is lost; an older one, in free space, still names most of them.  The
block index is lost, too, which could have told whether their blocks are the current ones."""

from problems import store

STORE = dict(stale=True)
EXPECT = ["NBT_PAGE", "BBT_PAGE"]
COUNTS = {"ansi": {"BBT_PAGE": 16}, "unicode": {"BBT_PAGE": 16}, "unicode4k": {"BBT_PAGE": 15}}
FOLLOWS = ["NBT_STALE", "NBT_TIED", "NBT_RANGE_LOST", "BBT_UNNAMED", "AMAP_LEAK"]


def lost(image):
    return image.nbt.find(image.stale.changed)[0]


def build(fmt):
    image = store(fmt, **STORE)
    lost(image).zero()
    for leaf in image.bbt.leaves:
        leaf.zero()
    return image.sealed()


def place(image):
    return {"nid": lost(image).get(0)["key"], "expected": lost(image).bid}
