"""In the head of a contents table the column of importance has another id.  No message has a property of that
id; each gets a cell of the right one."""

from problems import FOLDER, store, table

EXPECT = ["TC_COLUMN_MISSING", "MESSAGE_CELL"]
FOLLOWS = []
COUNTS = {"MESSAGE_CELL": 3}
NODE = table(FOLDER, 0x0E)
IMPORTANCE, OTHER = 0x00170003, 0x00180003


def damage(draft):
    draft.table(NODE).set_column(IMPORTANCE >> 16, tag=OTHER)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": NODE, "tag": IMPORTANCE}
