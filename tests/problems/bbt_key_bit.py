"""A key of the block index has its reserved bit set, as references in lists of blocks sometimes have."""

from problems import store

EXPECT = ["BBT_KEY_BIT"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    leaf = image.bbt.leaf(1)
    leaf.set(2, key=leaf.get(2)["key"] | 1)
    return image.sealed()


def place(image):
    return {"id": image.bbt.leaf(1).get(2)["key"] | 1}
