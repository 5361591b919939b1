"""The rows of a recipient table are in an item of the heap that is not there."""

from problems import MESSAGES, NO_ITEM, RECIPIENTS, store

PROBLEM = "TC_MATRIX"
EXPECT = ["TC_MATRIX"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.table(MESSAGES[0], RECIPIENTS).set_info(matrix=NO_ITEM)).sealed()


def place(image):
    return {"nid": MESSAGES[0], "sub": RECIPIENTS, "found": NO_ITEM}
