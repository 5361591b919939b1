"""A leaf of the node index lacks an entry, and the table of its folder the row: the count of its
block tells that it is a message of the store, but not which."""

from problems import INNER, MESSAGES, store, table

PROBLEM = "NBT_UNTIED"
EXPECT = ["NBT_UNTIED", "MAP_ALONE"]
FOLLOWS = ["HEADER_RGNID", "MESSAGE_PARENT"]


def damage(draft):
    draft.table(table(INNER, 0x0E)).remove_row(MESSAGES[1])
    draft.count(INNER)


def build(fmt):
    image = store(fmt, damage)
    image.nbt.remove(MESSAGES[1])
    return image.sealed()


def place(image):
    block = image.node_block(MESSAGES[1])
    return {"id": block.bid, "offset": block.ib}
