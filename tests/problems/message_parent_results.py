"""A message among the results of a search is in a folder that does not exist, and no table has a row for it: it gets
another place, and its row among the results says which."""

from problems import FOLDER, MESSAGES, store, table

PROBLEM = "MESSAGE_PARENT"
STORE = dict(search=True)
EXPECT = ["MESSAGE_PARENT"]
FOLLOWS = []
NOWHERE = 0x9F02


def damage(draft):
    draft.set_parent(MESSAGES[2], NOWHERE)
    draft.table(table(FOLDER, 0x0E)).remove_row(MESSAGES[2])
    draft.count(FOLDER)


def build(fmt):
    return store(fmt, damage, **STORE).sealed()


def place(image):
    return {"nid": MESSAGES[2], "found": NOWHERE}
