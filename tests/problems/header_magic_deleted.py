"""The header is zero.  A superseded leaf of the node index names a message behind all others: it was deleted."""

from problems import store

PROBLEM = "HEADER_MAGIC"
STORE = dict(stale=True, messages=7)
EXPECT = ["HEADER_MAGIC"]
FOLLOWS = ["NBT_RANGE_OPEN"]


def build(fmt):
    image = store(fmt, **STORE)
    assert image.stale.deleted > max(image.store.nodes)
    image.header.zero()
    return image.sealed()
