"""Two entries of a leaf of the block index have changed places."""

from problems import store

EXPECT = ["BBT_ORDER"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.bbt.leaf(1).swap(1, 2)
    return image.sealed()


def place(image):
    leaf = image.bbt.leaf(1)
    return {"offset": leaf.ib, "expected": leaf.get(2)["key"], "found": leaf.get(1)["key"]}
