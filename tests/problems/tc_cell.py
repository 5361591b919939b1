"""The subject of a message in a contents table is in an item of the heap that is not there."""

from problems import FOLDER, MESSAGES, NO_ITEM, store, table

EXPECT = ["TC_CELL"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)
SUBJECT = 0x0037


def build(fmt):
    return store(fmt, lambda draft: draft.table(NODE).set_number(MESSAGES[2], SUBJECT, NO_ITEM)).sealed()


def place(image):
    return {"nid": NODE, "tag": image.table(NODE).tag(SUBJECT), "expected": MESSAGES[2]}
