"""The node index says that the message store is in the root folder."""

from problems import ROOT, store

PROBLEM = "NODE_PARENT"
EXPECT = ["NODE_PARENT"]
FOLLOWS = []
NODE, PARENT, RIGHT = 0x21, ROOT, 0


def build(fmt):
    return store(fmt, lambda draft: draft.set_parent(NODE, PARENT)).sealed()


def place(image):
    return {"nid": NODE, "found": PARENT, "expected": RIGHT}
