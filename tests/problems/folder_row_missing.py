"""A folder has no row in the table of its parent."""

from problems import FOLDER, TOP, store, table

EXPECT = ["FOLDER_ROW_MISSING"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.table(table(TOP, 0x0D)).remove_row(FOLDER)).sealed()


def place(image):
    return {"nid": TOP, "found": FOLDER}
