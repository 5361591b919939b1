"""A node, empty until now, refers to a block that no index names and that is nowhere."""

from problems import store

EXPECT = ["BLOCK_MISSING"]
FOLLOWS = ["NODE_DAMAGED"]
REMAINS = ["reference"]


def gone(image):
    return image.header.bidNextB


def build(fmt):
    image = store(fmt)
    image.nbt.set(0x1E1, data=gone(image))
    image.header.bidNextB += 4
    return image.sealed()


def place(image):
    return {"id": gone(image), "nid": 0x1E1, "offset": image.nbt.find(0x1E1)[0].ib}
