"""Rows of a table without any would end with a byte more than its columns have bits for."""

from problems import FOLDER, store, table

PROBLEM = "TC_ENDS"
EXPECT = ["TC_ENDS"]
FOLLOWS = []
NODE = table(FOLDER, 0x0F)


def damage(draft):
    hidden = draft.table(NODE)
    *ends, row = hidden.ends
    hidden.set_info(ends=[*ends, row + 1])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": NODE}
