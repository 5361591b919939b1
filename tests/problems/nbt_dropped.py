"""The root of the node index is zero; an older page still names a message that was deleted."""

from problems import store

STORE = dict(stale=True)
EXPECT = ["NBT_ROOT"]
FOLLOWS = ["AMAP_LEAK", "NBT_RANGE_OPEN", "NBT_DROPPED"]


def build(fmt):
    image = store(fmt, **STORE)
    image.nbt.root.zero()
    return image.sealed()


def place(image):
    return {"nid": image.stale.deleted}
