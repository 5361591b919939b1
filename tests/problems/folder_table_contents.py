"""The table of a folder's messages is not there."""

from problems import FOLDER, store, table

PROBLEM = "FOLDER_TABLE"
EXPECT = ["FOLDER_TABLE"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)


def build(fmt):
    return store(fmt, lambda draft: draft.remove(NODE)).sealed()


def place(image):
    return {"nid": FOLDER, "found": NODE}
