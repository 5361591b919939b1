"""The template of recipient tables is not there."""

from problems import store

PROBLEM = "STORE_NODE"
EXPECT = ["STORE_NODE"]
FOLLOWS = []
NODE = 0x692


def build(fmt):
    return store(fmt, lambda draft: draft.remove(NODE)).sealed()


def place(image):
    return {"nid": NODE}
