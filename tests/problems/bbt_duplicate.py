"""The first entry of a leaf of the block index stands at the end of the leaf before as well, outside its range."""

from problems import store

EXPECT = ["BBT_DUPLICATE", "BBT_BOUNDS"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    before, leaf = image.bbt.leaf(0), image.bbt.leaf(1)
    before.set_entries(before.entries + leaf.entries[:1])
    return image.sealed()


def place(image):
    return {"id": image.bbt.leaf(1).get(0)["key"]}
