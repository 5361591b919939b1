"""A leaf of the block index is zero: its blocks prove themselves."""

from problems import store

EXPECT = ["BBT_PAGE"]
FOLLOWS = ["AMAP_LEAK", "BBT_UNNAMED"]


def build(fmt):
    image = store(fmt)
    image.bbt.leaf(3).zero()
    return image.sealed()


def place(image):
    return {"offset": image.bbt.leaf(3).ib, "id": image.bbt.leaf(3).bid}
