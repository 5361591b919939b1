"""The header leads to the root of the other tree."""

from problems import store

EXPECT = ["NBT_ROOT"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.header["nbt.ib"] = image.bbt.root.ib
    return image.sealed()


def place(image):
    return {"offset": image.bbt.root.ib, "id": image.nbt.root.bid}
