"""The header is zero, the allocation map noise under a right checksum: it proves nothing about what is current."""

import random

from problems import store

PROBLEM = "HEADER_MAGIC"
STORE = dict(stale=True)
EXPECT = ["HEADER_MAGIC", "AMAP_MISSING", "AMAP_LEAK"]


def build(fmt):
    image = store(fmt, **STORE)
    image.header.zero()
    image.amap(0).edit(image.format.map_at, random.Random(1).randbytes(image.format.map_bytes))
    return image.sealed()
