"""A folder says that it has no subfolder."""

from problems import FOLDER, store

EXPECT = ["FOLDER_SUBFOLDERS"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.set_both(FOLDER, 0x360A, 0)).sealed()


def place(image):
    return {"nid": FOLDER, "found": 0, "expected": 1}
