"""Header and root of the node index are zero, and the page before the newest gives its last child the highest key.

It seems to span all keys, as only a root does, and to make a root of the newest, which does not reach its nodes."""

from problems import store

PROBLEM = "HEADER_MAGIC"
STORE = dict(leaf_fill=6)       # two pages between root and leaves
EXPECT = ["HEADER_MAGIC"]


def build(fmt):
    image = store(fmt, **STORE)
    older, newest = sorted((page for page in image.nbt.interior if page.ib != image.nbt.root.ib),
                               key=lambda page: page.bid)
    older.set(len(older) - 1, key=0xFFFFFFFF)
    image.nbt.root.zero()
    image.header.zero()
    return image.sealed()
