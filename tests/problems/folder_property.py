"""A folder does not say how many messages it has; its row in the table of its parent does not, either."""

from problems import FOLDER, TOP, store, table

EXPECT = ["FOLDER_PROPERTY"]
FOLLOWS = []
COUNT = 0x3602


def damage(draft):
    draft.pc(FOLDER).remove(COUNT)
    draft.table(table(TOP, 0x0D)).set_cell(FOLDER, COUNT, None)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": FOLDER, "tag": 0x3602_0003}
