"""A folder and its row in the table of its parent count a message too many."""

from problems import FOLDER, store

EXPECT = ["FOLDER_COUNT"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.set_both(FOLDER, 0x3602, 4)).sealed()


def place(image):
    return {"nid": FOLDER, "found": 4, "expected": 3}
