"""Header and allocation map are zero: only page ids still tell that a message behind all others was deleted."""

from problems import store

PROBLEM = "HEADER_MAGIC"
STORE = dict(stale=True, messages=7)
EXPECT = ["HEADER_MAGIC", "AMAP_PAGE"]


def build(fmt):
    image = store(fmt, **STORE)
    assert image.stale.deleted > max(image.store.nodes)
    image.header.zero()
    image.amap(0).zero()
    return image.sealed()
