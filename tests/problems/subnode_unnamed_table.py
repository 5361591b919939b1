"""A contents table has a row matrix in its heap, and another in a subnode that it does not name."""

from problems import FOLDER, store, table

PROBLEM = "SUBNODE_UNNAMED"
EXPECT = ["SUBNODE_UNNAMED"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)


def build(fmt):
    return store(fmt, lambda draft: draft.add((NODE, 0x3F), bytes(200))).sealed()


def place(image):
    return {"nid": NODE, "found": 0x3F}
