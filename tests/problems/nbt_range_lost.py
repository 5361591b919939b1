"""A leaf of the node index is lost, no older page names what it named, and the table that has rows for it is gone."""

from problems import FOLDER, MESSAGES, store, table

REMAINS = ["block"]
EXPECT = ["NBT_PAGE", "BLOCK_TRAILER"]
FOLLOWS = ["NBT_RANGE_LOST", "NBT_UNTIED", "HEADER_RGNID", "MESSAGE_PARENT", "NBT_TIED", "NODE_DAMAGED", "MAP_ALONE",
           "AMAP_LEAK"]


def leaf(image):
    return image.nbt.find(MESSAGES[0])[0]


def build(fmt):
    image = store(fmt)
    leaf(image).zero()
    image.node_block(table(FOLDER, 0x0E)).zero()
    return image.sealed()


def place(image):
    return {"offset": leaf(image).ib}
