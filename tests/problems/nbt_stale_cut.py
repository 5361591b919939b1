"""Header and allocation map are zero, and the end of the file is missing: what is left is an older state, whole in itself.
Only that the file ends inside a section says so."""

from problems import store

PROBLEM = "NBT_STALE"
STORE = dict(stale=True)
EXPECT = ["HEADER_MAGIC", "AMAP_PAGE", "FILE_SECTION", "NBT_RANGE_LOST"]
FOLLOWS = ["NBT_STALE", "NBT_DROPPED"]


def build(fmt):
    image = store(fmt, **STORE)
    image.truncate(image.nbt.root.ib)
    image.header.zero()
    image.amap().zero()
    return image.sealed()


def place(image):
    return {"nid": image.stale.changed}
