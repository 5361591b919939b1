"""A leaf of the node index is lost, and no older page names what it named."""

from problems import store

EXPECT = ["NBT_PAGE"]
FOLLOWS = ["NBT_RANGE_LOST", "BLOCK_UNOWNED", "BBT_REFS", "AMAP_LEAK", "STORE_NODE"]
FOLLOWS = {"ansi": FOLLOWS + ["STORE_NODE_USUAL"], "unicode": FOLLOWS + ["STORE_NODE_USUAL"], "unicode4k": FOLLOWS}


def build(fmt):
    image = store(fmt)
    image.nbt.leaf(2).zero()
    return image.sealed()


def place(image):
    return {"offset": image.nbt.leaf(2).ib}
