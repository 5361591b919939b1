"""The number at the end of a leaf of the block index that is 1 in all files seen is 0.  Only pages of 4 KiB have it."""

from problems import store

FORMATS = ("unicode4k",)
EXPECT = ["BBT_CONSTANT"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.bbt.leaf(0).write_raw(image.format.page - 8, bytes(8))
    return image.sealed()


def place(image):
    return {"offset": image.bbt.leaf(0).ib, "id": image.bbt.leaf(0).bid}
