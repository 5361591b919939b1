"""The allocation map is noise under a right checksum."""

import random

from problems import store

PROBLEM = "AMAP_MISSING"
EXPECT = ["AMAP_MISSING", "AMAP_LEAK", "HEADER_AMAP_FREE"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.amap(0).edit(image.format.map_at, random.Random(1).randbytes(image.format.map_bytes))
    return image.sealed()
