"""A leaf of the node index proves itself, but lacks an entry, and the block index is lost, which could have told that something
needed the block.  The allocation map still counts it as used."""

from problems import store

PROBLEM = "BLOCK_ORPHAN"
EXPECT = ["BBT_PAGE"]
COUNTS = {"ansi": {"BBT_PAGE": 16}, "unicode": {"BBT_PAGE": 16}, "unicode4k": {"BBT_PAGE": 15}}
FOLLOWS = ["BLOCK_ORPHAN", "BBT_UNNAMED", "AMAP_LEAK"]
NID = 0xE01


def build(fmt):
    image = store(fmt)
    image.nbt.remove(NID)
    for page in image.bbt.leaves:
        page.zero()
    return image.sealed()


def place(image):
    block = image.node_block(NID)
    return {"offset": block.ib, "id": block.bid}
