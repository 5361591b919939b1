"""Header and maps are gone, all pages above leaves and a leaf: two of the nodes that it named every store has."""

from problems import nbt_range_open

PROBLEM = "NBT_RANGE_LOST"
EXPECT = ["HEADER_MAGIC", "AMAP_PAGE", "NBT_RANGE_LOST"]
FOLLOWS = ["BBT_UNNAMED", "STORE_NODE"]
FOLLOWS = {"ansi": FOLLOWS + ["STORE_NODE_USUAL"], "unicode": FOLLOWS + ["STORE_NODE_USUAL"], "unicode4k": FOLLOWS}


def build(fmt):
    return nbt_range_open.build(fmt, 0x671)


def place(image):
    return {"expected": 0, "found": 0xFFFFFFFF}
