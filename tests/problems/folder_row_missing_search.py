"""The search folder for spam has no row in the table of the root."""

from problems import ROOT, SPAM, store

PROBLEM = "FOLDER_ROW_MISSING"
EXPECT = ["FOLDER_ROW_MISSING"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.table(0x12D).remove_row(SPAM)).sealed()


def place(image):
    return {"nid": ROOT, "found": SPAM}
