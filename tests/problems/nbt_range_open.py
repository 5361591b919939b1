"""Header and maps are gone, all pages above leaves and a leaf.

What the leaf named is found by what it holds, and nothing is left that could say that this is all."""

from problems import store

EXPECT = ["HEADER_MAGIC", "AMAP_PAGE"]
FOLLOWS = ["NBT_RANGE_OPEN", "BBT_UNNAMED", "BLOCK_ORPHAN"]
FOLLOWS = {"ansi": FOLLOWS + ["STORE_NODE_USUAL"], "unicode": FOLLOWS + ["STORE_NODE_USUAL"], "unicode4k": FOLLOWS}


def build(fmt, nid=0xC01):
    image = store(fmt)
    image.header.zero()
    image.amap(0).zero()
    for page in image.nbt.interior + image.bbt.pages:
        page.zero()
    image.nbt.find(nid)[0].zero()
    return image.sealed()


def place(image):
    return {"expected": 0, "found": 0xFFFFFFFF}
