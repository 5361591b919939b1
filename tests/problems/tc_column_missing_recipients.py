"""The recipients of a message have something else in place of their kind: no other place says it."""

from problems import MESSAGES, RECIPIENTS, store

PROBLEM = "TC_COLUMN_MISSING"
EXPECT = ["TC_COLUMN_MISSING"]
FOLLOWS = []
KIND = 0x0C150003


def damage(draft):
    draft.table(MESSAGES[0], RECIPIENTS).set_column(KIND >> 16, tag=KIND + 0x10000)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[0], "sub": RECIPIENTS, "tag": KIND}
