"""The node index says that the parent of a message is a folder that does not exist.  No table has a row for it."""

from problems import INNER, MESSAGES, store, table

EXPECT = ["MESSAGE_PARENT"]
FOLLOWS = []
NOWHERE = 0x9F02


def damage(draft):
    draft.set_parent(MESSAGES[1], NOWHERE)
    draft.table(table(INNER, 0x0E)).remove_row(MESSAGES[1])
    draft.count(INNER)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[1], "found": NOWHERE}
