"""The root of the node index leads past a page between to one of its leaves."""

from problems import store

EXPECT = ["NBT_LEVEL"]
FOLLOWS = ["AMAP_LEAK", "NBT_RANGE_OPEN"]       # of the page that was


def build(fmt):
    image = store(fmt)
    leaf = image.nbt.leaf(0)
    image.nbt.root.set(0, bid=leaf.bid, ib=leaf.ib)
    return image.sealed()


def place(image):
    return {"offset": image.nbt.leaf(0).ib, "found": 0, "expected": 1}
