"""The number at the end of a leaf of the node index that is 1 in all files seen is 0.  Only pages of 4 KiB have it."""

from problems import store

FORMATS = ("unicode4k",)
EXPECT = ["NBT_CONSTANT"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.nbt.leaf(1).write_raw(image.format.page - 8, bytes(8))
    return image.sealed()


def place(image):
    return {"offset": image.nbt.leaf(1).ib, "id": image.nbt.leaf(1).bid}
