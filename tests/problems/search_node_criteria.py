"""What a search folder looks for is not there."""

from problems import SPAM, store, table

PROBLEM = "SEARCH_NODE"
EXPECT = ["SEARCH_NODE"]
FOLLOWS = []
NODE = table(SPAM, 7)


def build(fmt):
    return store(fmt, lambda draft: draft.remove(NODE)).sealed()


def place(image):
    return {"nid": SPAM, "found": NODE}
