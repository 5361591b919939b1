"""The root of the block index leads past a page between to one of its leaves."""

from problems import store

EXPECT = ["BBT_LEVEL"]
FOLLOWS = ["AMAP_LEAK"]       # of the page that was


def build(fmt):
    image = store(fmt)
    leaf = image.bbt.leaf(0)
    image.bbt.root.set(0, bid=leaf.bid, ib=leaf.ib)
    return image.sealed()


def place(image):
    return {"offset": image.bbt.leaf(0).ib, "found": 0, "expected": 1}
