"""A folder says that no message in it is unread; three are."""

from problems import FOLDER, store

EXPECT = ["FOLDER_UNREAD"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.set_both(FOLDER, 0x3603, 0)).sealed()


def place(image):
    return {"nid": FOLDER, "found": 0, "expected": 3}
