"""The subject of a message in the table of its folder is not that of the message."""

from problems import FOLDER, MESSAGES, store, table

EXPECT = ["MESSAGE_CELL"]
FOLLOWS = []
NODE, SUBJECT = table(FOLDER, 0x0E), 0x0037


def build(fmt):
    return store(fmt, lambda draft: draft.table(NODE).set_text(MESSAGES[2], SUBJECT, "Draft")).sealed()


def place(image):
    return {"nid": MESSAGES[2], "expected": NODE, "tag": SUBJECT << 16 | image.format.string}
