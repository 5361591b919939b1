"""A folder without subfolders says that it has some."""

from problems import INNER, store

PROBLEM = "FOLDER_SUBFOLDERS"
EXPECT = ["FOLDER_SUBFOLDERS"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.set_both(INNER, 0x360A, 1)).sealed()


def place(image):
    return {"nid": INNER, "found": 1, "expected": 0}
