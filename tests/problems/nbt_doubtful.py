"""One bit of a leaf of the node index has changed, behind its entries: readers without checksums see nothing of it."""

from problems import message, store

EXPECT = ["NBT_PAGE"]
FOLLOWS = ["NBT_DOUBTFUL", "NBT_RANGE_LOST", "AMAP_LEAK"]


def build(fmt):
    image = store(fmt)
    image.nbt.find(message(image))[0].flip(image.format.meta - 10)
    return image.sealed()


def place(image):
    return {"nid": message(image), "offset": image.nbt.find(message(image))[0].ib}
