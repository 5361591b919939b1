"""Where the index of conversations, node 0xE01, should be, there is a heap of another client."""

from problems import store

PROBLEM = "BTH_HEADER"
EXPECT = ["BTH_HEADER"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.heap(0xE01).edit(3, b"\x7c")).sealed()


def place(image):
    return {"nid": 0xE01}
