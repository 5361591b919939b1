"""The criteria of a search folder that does not exist."""

from problems import SPAM, store, table

PROBLEM = "NODE_ALONE"
EXPECT = ["NODE_ALONE"]
FOLLOWS = []
FOLDER = 0x7E03


def build(fmt):
    return store(fmt, lambda draft: draft.add((table(FOLDER, 7),), draft.parts(table(SPAM, 7)))).sealed()


def place(image):
    return {"nid": table(FOLDER, 7), "found": FOLDER}
