"""A column of numbers has cells of two bytes, and where those of four are."""

from problems import FOLDER, store, table

PROBLEM = "TC_COLUMN"
EXPECT = ["TC_COLUMN"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)
COLUMN = 0x0036


def damage(draft):
    draft.table(NODE).set_column(COLUMN, width=2)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    column = image.table(NODE).column(COLUMN)
    return {"nid": NODE, "tag": column[0], "expected": column[1], "found": 4 + 8}
