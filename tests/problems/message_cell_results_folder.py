"""A row among the results of a search says that its message is in another folder."""

from problems import MESSAGES, TOP, store

PROBLEM = "MESSAGE_CELL"
STORE = dict(search=True)
EXPECT = ["MESSAGE_CELL"]
FOLLOWS = []
NODE, FOLDER_OF = 0x80030, 0x67F1


def build(fmt):
    return store(fmt, lambda draft: draft.table(NODE).set_number(MESSAGES[2], FOLDER_OF, TOP), **STORE).sealed()


def place(image):
    return {"nid": MESSAGES[2], "expected": NODE, "tag": 0x67F10003}
