"""A table of subfolders has a row for a folder that does not exist."""

from problems import FOLDER, TOP, store, table

EXPECT = ["FOLDER_ROW_ALONE"]
FOLLOWS = []
NOWHERE = 0x9F02


def damage(draft):
    draft.table(table(TOP, 0x0D)).add_row(NOWHERE, draft.new_version(), like=FOLDER)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": TOP, "found": NOWHERE}
