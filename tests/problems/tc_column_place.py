"""The cells of a column are behind the end of the row."""

from problems import FOLDER, store, table

PROBLEM = "TC_COLUMN"
EXPECT = ["TC_COLUMN"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)
COLUMN = 0x0036


def damage(draft):
    draft.table(NODE).set_column(COLUMN, at=0x1000)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    column = image.table(NODE).column(COLUMN)
    return {"nid": NODE, "tag": column[0], "expected": 0x1000, "found": 8}
