"""The kind of recipients is said to be a floating-point number, in their table, which is the only place that has it."""

from problems import MESSAGES, RECIPIENTS, store

PROBLEM = "TC_COLUMN"
EXPECT = ["TC_COLUMN"]
FOLLOWS = []
KIND = 0x0C15


def damage(draft):
    draft.table(MESSAGES[0], RECIPIENTS).set_column(KIND, tag=KIND << 16 | 0x0004)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[0], "sub": RECIPIENTS, "tag": KIND << 16 | 0x0004, "found": 128}
