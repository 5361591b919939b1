"""A message has recipients, its row in the table of its folder names none."""

from problems import FOLDER, MESSAGES, store, table

PROBLEM = "MESSAGE_CELL"
EXPECT = ["MESSAGE_CELL"]
FOLLOWS = []
NODE, TO = table(FOLDER, 0x0E), 0x0E04


def build(fmt):
    return store(fmt, lambda draft: draft.table(NODE).set_cell(MESSAGES[2], TO, None)).sealed()


def place(image):
    return {"nid": MESSAGES[2], "expected": NODE, "tag": TO << 16 | image.format.string}
