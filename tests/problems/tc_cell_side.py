"""A sender in a contents table is in an item of the side heap, subnode 0x541, that is not there: only OSTs have one."""

from problems import FOLDER, MESSAGES, NO_ITEM, store, table

PROBLEM = "TC_CELL"
FORMATS = ("unicode4k",)
EXPECT = ["TC_CELL"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)
SENDER = 0x0042


def build(fmt):
    return store(fmt, lambda draft: draft.table(NODE).set_number(MESSAGES[2], SENDER, NO_ITEM)).sealed()


def place(image):
    return {"nid": NODE, "tag": 0x0042_001F, "expected": MESSAGES[2]}
