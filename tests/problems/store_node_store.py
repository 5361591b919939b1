"""The message store itself is not there."""

from problems import store

PROBLEM = "STORE_NODE"
EXPECT = ["STORE_NODE"]
FOLLOWS = []
NODE = 0x21


def build(fmt):
    return store(fmt, lambda draft: draft.remove(NODE)).sealed()


def place(image):
    return {"nid": NODE}
