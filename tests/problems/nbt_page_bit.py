"""One bit of a leaf of the node index has changed, in the space behind its entries: readers without checksums see all."""

from problems import message, store

PROBLEM = "NBT_PAGE"
EXPECT = ["NBT_PAGE"]


def build(fmt):
    image = store(fmt)
    image.nbt.find(message(image))[0].flip(image.format.meta - 10)
    return image.sealed()


def place(image):
    return {"offset": image.nbt.find(message(image))[0].ib}
