"""The type of a column is a number that is no type."""

from problems import FOLDER, store, table

PROBLEM = "TC_COLUMN"
EXPECT = ["TC_COLUMN"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)
COLUMN = 0x0036


def damage(draft):
    draft.table(NODE).set_column(COLUMN, tag=COLUMN << 16 | 0x0011)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    column = image.table(NODE).column(COLUMN)
    return {"nid": NODE, "tag": COLUMN << 16 | 0x0011, "expected": column[1], "found": 2}
