"""By the head of a contents table, its cells of two bytes end before those of four."""

from problems import FOLDER, store, table

EXPECT = ["TC_ENDS"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)


def damage(draft):
    contents = draft.table(NODE)
    wide, two, one, row = contents.ends
    contents.set_info(ends=[wide, two - 4, one, row])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": NODE}
