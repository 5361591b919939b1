"""A folder has a class, its row in the table of its parent has none."""

from problems import FOLDER, INNER, store, table

PROBLEM = "FOLDER_CELL"
EXPECT = ["FOLDER_CELL"]
FOLLOWS = []
CLASS = 0x3613


def build(fmt):
    return store(fmt, lambda draft: draft.table(table(FOLDER, 0x0D)).set_cell(INNER, CLASS, None)).sealed()


def place(image):
    return {"nid": FOLDER, "found": INNER, "tag": CLASS << 16 | image.format.string}
