"""An empty search folder says that it has results."""

from problems import SPAM, store

PROBLEM = "FOLDER_COUNT"
EXPECT = ["FOLDER_COUNT"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.set_both(SPAM, 0x3602, 4)).sealed()


def place(image):
    return {"nid": SPAM, "found": 4, "expected": 0}
