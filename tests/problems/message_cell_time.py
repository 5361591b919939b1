"""The time of delivery in the table of a folder is not that of the message."""

from problems import FOLDER, MESSAGES, store, table

PROBLEM = "MESSAGE_CELL"
EXPECT = ["MESSAGE_CELL"]
FOLLOWS = []
NODE, TIME = table(FOLDER, 0x0E), 0x0E06


def build(fmt):
    return store(fmt, lambda draft: draft.table(NODE).set_number(MESSAGES[2], TIME, 130_000_000_000_000_000)).sealed()


def place(image):
    return {"nid": MESSAGES[2], "expected": NODE, "tag": 0x0E06_0040}
