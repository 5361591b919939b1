"""A folder has a row in the table of its parent, and in that of another folder."""

from problems import DELETED, INNER, store, table

PROBLEM = "FOLDER_ROW_ALONE"
EXPECT = ["FOLDER_ROW_ALONE"]
FOLLOWS = []


def damage(draft):
    folders = draft.table(table(DELETED, 0x0D))
    folders.add_row(INNER, draft.new_version())
    folders.copy_row(INNER, draft.pc(INNER))
    draft.count(DELETED)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": DELETED, "found": INNER}
