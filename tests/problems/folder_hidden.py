"""A folder says that it has two hidden messages; it has three.  In OSTs this is the count of the server."""

from problems import FOLDER, store

STORE = dict(associated=3)
FORMATS = ("ansi", "unicode")
EXPECT = ["FOLDER_HIDDEN"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.set_both(FOLDER, 0x6635, 2), **STORE).sealed()


def place(image):
    return {"nid": FOLDER, "tag": 0x6635_0003, "found": 2, "expected": 3}
