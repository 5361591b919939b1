"""The node index says that the root folder is in one of its own folders."""

from problems import ROOT, TOP, store

EXPECT = ["NODE_PARENT"]
FOLLOWS = []
NODE, PARENT, RIGHT = ROOT, TOP, ROOT


def build(fmt):
    return store(fmt, lambda draft: draft.set_parent(NODE, PARENT)).sealed()


def place(image):
    return {"nid": NODE, "found": PARENT, "expected": RIGHT}
