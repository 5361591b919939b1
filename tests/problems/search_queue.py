"""The queue of searches ends in half a record."""

from problems import store

EXPECT = ["SEARCH_QUEUE"]
FOLLOWS = []
NODE = 0x1E1


def build(fmt):
    return store(fmt, lambda draft: draft.write((NODE,), bytes(30))).sealed()


def place(image):
    return {"nid": NODE, "found": 30, "expected": 20}
