"""The table of a folder's hidden messages is not there."""

from problems import FOLDER, store, table

EXPECT = ["FOLDER_TABLE"]
FOLLOWS = []
NODE = table(FOLDER, 0x0F)


def build(fmt):
    return store(fmt, lambda draft: draft.remove(NODE)).sealed()


def place(image):
    return {"nid": FOLDER, "found": NODE}
