"""Two columns of a contents table have their cells at the same place.  Either may be the one that is named."""

from problems import FOLDER, store, table

PROBLEM = "TC_COLUMN"
EXPECT = ["TC_COLUMN"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)
IMPORTANCE, SENSITIVITY = 0x0017, 0x0036


def damage(draft):
    contents = draft.table(NODE)
    contents.set_column(SENSITIVITY, at=contents.column(IMPORTANCE)[1])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": NODE, "expected": image.table(NODE).column(IMPORTANCE)[1], "found": 16}
