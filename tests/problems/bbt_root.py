"""The root page of the block index was overwritten with zeros."""

from problems import store

EXPECT = ["BBT_ROOT"]
FOLLOWS = ["AMAP_LEAK"]       # of the page that was


def build(fmt):
    image = store(fmt)
    image.bbt.root.zero()
    return image.sealed()


def place(image):
    return {"offset": image.bbt.root.ib, "id": image.bbt.root.bid}
