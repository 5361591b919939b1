"""The node index says that a table is in the folder whose it is."""

from problems import FOLDER, store, table

PROBLEM = "NODE_PARENT"
EXPECT = ["NODE_PARENT"]
FOLLOWS = []
NODE, PARENT, RIGHT = table(FOLDER, 0x0D), FOLDER, 0


def build(fmt):
    return store(fmt, lambda draft: draft.set_parent(NODE, PARENT)).sealed()


def place(image):
    return {"nid": NODE, "found": PARENT, "expected": RIGHT}
