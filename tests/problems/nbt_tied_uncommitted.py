"""A leaf of the node index is lost; a newer one, of work that was never committed, names other nodes in its place."""

from image import format as F
from problems import free_place, message, store

PROBLEM = "NBT_TIED"
EXPECT = ["NBT_PAGE"]
FOLLOWS = ["NBT_TIED", "NBT_RANGE_OPEN", "AMAP_LEAK"]


def build(fmt):
    image = store(fmt)
    f, leaf, ib = image.format, image.nbt.find(message(image))[0], free_place(image)
    body = leaf.raw[:f.page_data]
    image.write(ib, body + F.page_trailer(f, F.NBT, ib, image.header.bidNextP, body))
    leaf.zero()
    return image.sealed()


def place(image):
    return {"nid": message(image)}
