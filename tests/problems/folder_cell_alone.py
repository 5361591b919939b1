"""A folder has no class, its row in the table of its parent has one."""

from problems import DELETED, TOP, store, table

PROBLEM = "FOLDER_CELL"
EXPECT = ["FOLDER_CELL"]
FOLLOWS = []
CLASS = 0x3613


def build(fmt):
    return store(fmt, lambda draft: draft.table(table(TOP, 0x0D)).set_text(DELETED, CLASS, "IPF.Note")).sealed()


def place(image):
    return {"nid": TOP, "found": DELETED, "tag": CLASS << 16 | image.format.string}
