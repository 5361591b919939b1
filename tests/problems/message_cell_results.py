"""The subject of a message among the results of a search is not that of the message."""

from problems import MESSAGES, store

PROBLEM = "MESSAGE_CELL"
STORE = dict(search=True)
EXPECT = ["MESSAGE_CELL"]
FOLLOWS = []
NODE, SUBJECT = 0x80030, 0x0037


def build(fmt):
    return store(fmt, lambda draft: draft.table(NODE).set_text(MESSAGES[2], SUBJECT, "Draft"), **STORE).sealed()


def place(image):
    return {"nid": MESSAGES[2], "expected": NODE, "tag": SUBJECT << 16 | image.format.string}
