"""A hidden message has another name in the table of its folder."""

from problems import FOLDER, HIDDEN, store, table

PROBLEM = "MESSAGE_CELL"
STORE = dict(associated=2)
EXPECT = ["MESSAGE_CELL"]
FOLLOWS = []
NODE, NAME = table(FOLDER, 0x0F), 0x3001


def build(fmt):
    return store(fmt, lambda draft: draft.table(NODE).set_text(HIDDEN, NAME, "Other"), **STORE).sealed()


def place(image):
    return {"nid": HIDDEN, "expected": NODE, "tag": NAME << 16 | image.format.string}
