"""The leaf of the node index that names the maps of the store is lost: their blocks are there, but whose are they?"""

from problems import store

CONVERSATIONS = 0xE01
EXPECT = ["NBT_PAGE"]
FOLLOWS = ["NBT_RANGE_LOST", "BLOCK_UNOWNED", "AMAP_LEAK"]
FOLLOWS = {"ansi": FOLLOWS + ["STORE_NODE_USUAL"], "unicode": FOLLOWS + ["STORE_NODE_USUAL"], "unicode4k": FOLLOWS}


def build(fmt):
    image = store(fmt)
    image.nbt.find(CONVERSATIONS)[0].zero()
    return image.sealed()


def place(image):
    block = image.node_block(CONVERSATIONS)
    return {"id": block.bid, "found": block.cref}
