"""The queue of a search folder is not there."""

from problems import SPAM, store, table

EXPECT = ["SEARCH_NODE"]
FOLLOWS = []
NODE = table(SPAM, 6)


def build(fmt):
    return store(fmt, lambda draft: draft.remove(NODE)).sealed()


def place(image):
    return {"nid": SPAM, "found": NODE}
