"""The current leaf that names the newest messages is lost; an older one, in free space, still names most of them."""

from problems import store

STORE = dict(stale=True)
EXPECT = ["NBT_PAGE"]
FOLLOWS = ["NBT_STALE", "NBT_RANGE_LOST", "BLOCK_UNOWNED", "AMAP_LEAK", "NBT_DROPPED", "MESSAGE_ROW_ALONE"]


def lost(image):
    return image.nbt.find(image.stale.changed)[0]


def build(fmt):
    image = store(fmt, **STORE)
    lost(image).zero()
    return image.sealed()


def place(image):
    return {"nid": lost(image).get(0)["key"], "expected": lost(image).bid}
