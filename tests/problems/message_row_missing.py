"""A message has no row in the table of its folder, and is not counted there."""

from problems import FOLDER, MESSAGES, store, table

EXPECT = ["MESSAGE_ROW_MISSING"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)


def damage(draft):
    draft.table(NODE).remove_row(MESSAGES[2])
    draft.count(FOLDER)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[2], "expected": NODE}
