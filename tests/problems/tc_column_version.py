"""The column of row versions is at the place of another, and that one at its: readers of either take the wrong cell."""

from problems import FOLDER, store, table

PROBLEM = "TC_COLUMN"
EXPECT = ["TC_COLUMN"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)
VERSION, OTHER = 0x67F3, 0x0036


def damage(draft):
    contents = draft.table(NODE)
    first, second = contents.column(VERSION), contents.column(OTHER)
    contents.set_column(VERSION, at=second[1])
    contents.set_column(OTHER, at=first[1])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    column = image.table(NODE).column(OTHER)
    return {"nid": NODE, "tag": 0x67F3_0003, "expected": column[1], "found": 64}
