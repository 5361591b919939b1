"""The first cell of a row in a contents table is not the id by which the row index finds it."""

from problems import FOLDER, MESSAGES, store, table

EXPECT = ["TC_ROW_ID"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)


def build(fmt):
    return store(fmt, lambda draft: draft.table(NODE).set_number(MESSAGES[2], 0x67F2, MESSAGES[3])).sealed()


def place(image):
    return {"nid": NODE, "count": 1}
