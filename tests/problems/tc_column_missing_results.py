"""The results of a search do not say which folders their messages are in: the column has another id."""

from problems import store

PROBLEM = "TC_COLUMN_MISSING"
STORE = dict(search=True)
EXPECT = ["TC_COLUMN_MISSING", "MESSAGE_CELL"]
FOLLOWS = []
COUNTS = {"MESSAGE_CELL": 3}
NODE, FOLDER_OF = 0x80030, 0x67F10003


def build(fmt):
    return store(fmt, lambda draft: draft.table(NODE).set_column(FOLDER_OF >> 16, tag=0x67F00003), **STORE).sealed()


def place(image):
    return {"nid": NODE, "tag": FOLDER_OF}
