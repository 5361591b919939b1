"""The leaf of the node index that names a hidden message is lost, and the table of its folder lacks the row."""

from problems import FOLDER, HIDDEN, store, table

PROBLEM = "NBT_UNTIED"
STORE = dict(associated=2)
EXPECT = ["NBT_PAGE"]
FOLLOWS = ["NBT_UNTIED", "NBT_RANGE_LOST", "NBT_TIED", "HEADER_RGNID", "MESSAGE_PARENT", "AMAP_LEAK"]


def damage(draft):
    draft.table(table(FOLDER, 0x0F)).remove_row(HIDDEN)
    draft.count(FOLDER)


def build(fmt):
    image = store(fmt, damage, **STORE)
    image.nbt.find(HIDDEN)[0].zero()
    return image.sealed()


def place(image):
    return {"id": image.node_block(HIDDEN).bid}
