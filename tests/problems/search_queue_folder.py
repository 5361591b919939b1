"""The queue of a search folder ends in half a record."""

from problems import SPAM, store, table

PROBLEM = "SEARCH_QUEUE"
EXPECT = ["SEARCH_QUEUE"]
FOLLOWS = []
NODE = table(SPAM, 6)


def build(fmt):
    return store(fmt, lambda draft: draft.write((NODE,), bytes(21))).sealed()


def place(image):
    return {"nid": NODE, "found": 21, "expected": 20}
