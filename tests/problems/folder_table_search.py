"""The table of results of a search folder is not there."""

from problems import SPAM, store, table

PROBLEM = "FOLDER_TABLE"
EXPECT = ["FOLDER_TABLE"]
FOLLOWS = []
NODE = table(SPAM, 0x10)


def build(fmt):
    return store(fmt, lambda draft: draft.remove(NODE)).sealed()


def place(image):
    return {"nid": SPAM, "found": NODE}
