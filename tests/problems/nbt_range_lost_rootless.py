"""The root of the node index is lost, and the last leaf below another page: only the next leaf says how far it went."""

from problems import store

PROBLEM = "NBT_RANGE_LOST"
EXPECT = ["NBT_ROOT", "NBT_PAGE"]
FOLLOWS = ["NBT_RANGE_LOST", "BLOCK_UNOWNED", "AMAP_LEAK"]
FOLLOWS = {"ansi": FOLLOWS + ["STORE_NODE_USUAL"], "unicode": FOLLOWS + ["STORE_NODE_USUAL"], "unicode4k": FOLLOWS}


def last_child(image):
    page = image.nbt.interior[1]
    return next(leaf for leaf in image.nbt.leaves if leaf.bid == page.get(len(page) - 1)["bid"])


def build(fmt):
    image = store(fmt)
    last_child(image).zero()
    image.nbt.root.zero()
    return image.sealed()


def place(image):
    return {"offset": last_child(image).ib, "id": last_child(image).bid}
