"""The rows of a contents table are in an item of the heap that is not there."""

from problems import FOLDER, NO_ITEM, store, table

EXPECT = ["TC_MATRIX"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)


def build(fmt):
    return store(fmt, lambda draft: draft.table(NODE).set_info(matrix=NO_ITEM)).sealed()


def place(image):
    return {"nid": NODE, "found": NO_ITEM}
