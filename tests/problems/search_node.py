"""A search folder has lost its criteria."""

from problems import SPAM, store, table

EXPECT = ["SEARCH_NODE"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.remove(table(SPAM, 7))).sealed()


def place(image):
    return {"nid": SPAM, "found": table(SPAM, 7)}
