"""A leaf of the node index is lost, and what could tell whether something needed the blocks of its nodes: all leaves of the
block index."""

from problems import store

PROBLEM = "NBT_RANGE_LOST"
EXPECT = ["NBT_PAGE", "BBT_PAGE"]
COUNTS = {"ansi": {"BBT_PAGE": 16}, "unicode": {"BBT_PAGE": 16}, "unicode4k": {"BBT_PAGE": 15}}
FOLLOWS = ["NBT_RANGE_LOST", "BBT_UNNAMED", "BLOCK_ORPHAN", "AMAP_LEAK", "STORE_NODE_USUAL"]
FOLLOWS = {"ansi": FOLLOWS, "unicode": FOLLOWS, "unicode4k": FOLLOWS[:4]}


def leaf(image):
    return image.nbt.find(0xC01)[0]


def build(fmt):
    image = store(fmt)
    for page in [leaf(image), *image.bbt.leaves]:
        page.zero()
    return image.sealed()


def place(image):
    return {"id": leaf(image).bid}
