"""The class of a message in a contents table has three bytes.  Not in ANSI files, whose text has one byte a
character."""

from problems import FOLDER, MESSAGES, store, table

PROBLEM = "TC_CELL"
FORMATS = ("unicode", "unicode4k")
EXPECT = ["TC_CELL"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)


def build(fmt):
    return store(fmt, lambda draft: draft.table(NODE).set_value(MESSAGES[2], 0x001A, b"odd")).sealed()


def place(image):
    return {"nid": NODE, "tag": 0x001A_001F, "expected": MESSAGES[2]}
