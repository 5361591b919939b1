"""The size of a message in the table of its folder is out of date, as in some sound files."""

from problems import FOLDER, MESSAGES, store, table

EXPECT = ["MESSAGE_CELL_SIZE"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)


def build(fmt):
    return store(fmt, lambda draft: draft.table(NODE).set_number(MESSAGES[2], 0x0E08, 77)).sealed()


def place(image):
    return {"nid": MESSAGES[2], "expected": NODE, "found": 77}
