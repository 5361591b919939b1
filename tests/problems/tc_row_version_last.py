"""A bit of a row's version is flipped, so that few would be left for the rows to come."""

from problems import FOLDER, MESSAGES, store, table

PROBLEM = "TC_ROW_VERSION"
EXPECT = [PROBLEM]
FOLLOWS = []
VERSION, LAST = 0x67F3, 0xFFFFFFFF


def damage(draft):
    draft.table(table(FOLDER, 0x0E)).set_number(MESSAGES[0], VERSION, LAST)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": table(FOLDER, 0x0E), "count": 1, "found": LAST}
