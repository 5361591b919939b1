"""A message has no recipients, its row in the table of its folder names one."""

from problems import INNER, MESSAGES, store, table

PROBLEM = "MESSAGE_CELL"
EXPECT = ["MESSAGE_CELL"]
FOLLOWS = []
NODE, TO = table(INNER, 0x0E), 0x0E04


def build(fmt):
    return store(fmt, lambda draft: draft.table(NODE).set_text(MESSAGES[1], TO, "Nobody")).sealed()


def place(image):
    return {"nid": MESSAGES[1], "expected": NODE, "tag": TO << 16 | image.format.string}
