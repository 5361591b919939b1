"""A contents table of many rows has them in a subnode, and that is not there."""

from problems import FOLDER, store, table

PROBLEM = "TC_MATRIX"
STORE = dict(folders=1, messages=45, leaf_fill=None)
EXPECT = ["TC_MATRIX"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)


def build(fmt):
    return store(fmt, lambda draft: draft.remove(NODE, 0x3F), **STORE).sealed()


def place(image):
    return {"nid": NODE, "found": 0x3F}
