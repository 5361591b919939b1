"""A leaf of the node index is lost; a newer one, of work that was never committed, names other nodes in its place."""

from image import format as F
from problems import free_place, message, store

PROBLEM = "NBT_RANGE_LOST"
EXPECT = ["NBT_PAGE"]
FOLLOWS = ["NBT_RANGE_LOST", "BLOCK_UNOWNED", "BBT_REFS", "AMAP_LEAK", "FOLDER_TABLE", "MESSAGE_ROW_ALONE"]


def build(fmt):
    image = store(fmt)
    f, leaf, ib = image.format, image.nbt.find(message(image))[0], free_place(image)
    body = leaf.raw[:f.page_data]
    image.write(ib, body + F.page_trailer(f, F.NBT, ib, image.header.bidNextP, body))
    leaf.zero()
    return image.sealed()


def place(image):
    return {"offset": image.nbt.find(message(image))[0].ib}
