"""A message says that it is three times as large as it is, and the table of its folder says the same."""

from problems import FOLDER, MESSAGES, store, table

EXPECT = ["MESSAGE_SIZE"]
FOLLOWS = []
SIZE = 0x0E08


def damage(draft):
    size = 3 * draft.pc(MESSAGES[2]).get(SIZE)[2]
    draft.pc(MESSAGES[2]).change(SIZE, raw=size)
    draft.table(table(FOLDER, 0x0E)).set_number(MESSAGES[2], SIZE, size)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    size = image.pc(MESSAGES[2]).get(SIZE)[2]
    return {"nid": MESSAGES[2], "found": 3 * size, "expected": size}
