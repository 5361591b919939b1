"""The last row of a contents table is gone; the row index still names it."""

from problems import FOLDER, store, table

EXPECT = ["TC_ROW_MISSING"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)


def damage(draft):
    contents = draft.table(NODE)
    contents.put_rows(contents.rows()[:-1])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": NODE, "count": 1}
