"""All maps of a file of three sections are zero."""

from problems import store

PROBLEM = "AMAP_PAGE"
STORE = dict(sections=3)
EXPECT = {"ansi": ["AMAP_PAGE", "PMAP_PAGE", "DLIST_PAGE"], "unicode": ["AMAP_PAGE", "PMAP_PAGE", "DLIST_PAGE"],
          "unicode4k": ["AMAP_PAGE", "AMAP_UNSURE", "DLIST_PAGE"]}
COUNTS = {"ansi": {"AMAP_PAGE": 3}, "unicode": {"AMAP_PAGE": 3}, "unicode4k": {"AMAP_UNSURE": 2}}
FOLLOWS = []
REMAINS = {"unicode4k": ["map"]}    # where later maps of 4 KiB files are is not known


def build(fmt):
    image = store(fmt, **STORE)
    for k in range(3):
        for _, ib in image.format.maps(k):
            image.zero(ib, ib + image.format.page)
    image.dlist.zero()
    return image.sealed()
