"""The subject in the table of a folder is said to be bytes."""

from problems import FOLDER, store, table

PROBLEM = "TC_COLUMN"
EXPECT = ["TC_COLUMN"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)
SUBJECT = 0x0037


def damage(draft):
    draft.table(NODE).set_column(SUBJECT, tag=SUBJECT << 16 | 0x0102)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    column = image.table(NODE).column(SUBJECT)
    return {"nid": NODE, "tag": SUBJECT << 16 | 0x0102, "expected": column[1], "found": 128}
