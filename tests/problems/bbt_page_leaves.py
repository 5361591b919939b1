"""All leaves of the block index are zero."""

from problems import store

PROBLEM = "BBT_PAGE"
STORE = dict(stale=True)
EXPECT = ["BBT_PAGE"]
COUNTS = {"ansi": {"BBT_PAGE": 16}, "unicode": {"BBT_PAGE": 16}, "unicode4k": {"BBT_PAGE": 15}}      # all leaves
FOLLOWS = ["BBT_UNNAMED", "AMAP_LEAK"]


def build(fmt):
    image = store(fmt, **STORE)
    for page in image.bbt.leaves:
        page.zero()
    return image.sealed()
