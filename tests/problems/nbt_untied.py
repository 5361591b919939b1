"""The leaf of the node index that names the messages is lost, and the table of their folder lacks the row of one: its block is
in use, but nothing says which node it was."""

from problems import FOLDER, MESSAGES, store, table

EXPECT = ["NBT_PAGE"]
FOLLOWS = ["NBT_UNTIED", "NBT_RANGE_LOST", "NBT_TIED", "HEADER_RGNID", "MESSAGE_PARENT", "AMAP_LEAK", "MAP_ALONE"]


def damage(draft):
    draft.table(table(FOLDER, 0x0E)).remove_row(MESSAGES[2])
    draft.count(FOLDER)


def image(fmt):
    out = store(fmt, damage)
    out.nbt.find(MESSAGES[2])[0].zero()
    return out


def build(fmt):
    return image(fmt).sealed()


def place(image):
    block = image.node_block(MESSAGES[2])
    return {"id": block.bid, "offset": block.ib}
