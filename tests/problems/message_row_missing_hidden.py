"""A hidden message has no row in the table of its folder."""

from problems import FOLDER, HIDDEN, store, table

PROBLEM = "MESSAGE_ROW_MISSING"
STORE = dict(associated=2)
EXPECT = ["MESSAGE_ROW_MISSING"]
FOLLOWS = []
NODE = table(FOLDER, 0x0F)


def damage(draft):
    draft.table(NODE).remove_row(HIDDEN)
    draft.count(FOLDER)


def build(fmt):
    return store(fmt, damage, **STORE).sealed()


def place(image):
    return {"nid": HIDDEN, "expected": NODE}
