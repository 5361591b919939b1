"""The node index says that the parent of a folder is one that does not exist.  No folder's table names it any more."""

from problems import FOLDER, INNER, store, table

EXPECT = ["FOLDER_PARENT"]
FOLLOWS = []
NOWHERE = 0x9F02


def damage(draft):
    draft.set_parent(INNER, NOWHERE)
    draft.table(table(FOLDER, 0x0D)).remove_row(INNER)
    draft.count(FOLDER)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": INNER, "found": NOWHERE}
