"""The root's table has another count for a search folder than the folder itself."""

from problems import ROOT, SPAM, store

PROBLEM = "FOLDER_CELL"
EXPECT = ["FOLDER_CELL"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.table(0x12D).set_number(SPAM, 0x3602, 7)).sealed()


def place(image):
    return {"nid": ROOT, "found": SPAM, "tag": 0x3602_0003}
