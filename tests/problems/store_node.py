"""The queue of searches, which every store has, is not there."""

from problems import store

EXPECT = ["STORE_NODE"]
FOLLOWS = []
NODE = 0x1E1


def build(fmt):
    return store(fmt, lambda draft: draft.remove(NODE)).sealed()


def place(image):
    return {"nid": NODE}
