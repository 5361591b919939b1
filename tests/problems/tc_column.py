"""Two columns of a contents table have changed places in its head: they are not sorted."""

from problems import FOLDER, store, table

EXPECT = ["TC_COLUMN"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)
FIRST = 0x0017


def damage(draft):
    contents = draft.table(NODE)
    columns = list(contents.columns)
    i = columns.index(contents.column(FIRST))
    columns[i], columns[i + 1] = columns[i + 1], columns[i]
    contents.set_info(columns)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    column = image.table(NODE).column(FIRST)
    return {"nid": NODE, "tag": column[0], "expected": column[1], "found": 1}
