"""The bytes of an attachment are said to be text, its method to be a floating-point number."""

from problems import ATTACHMENT, MESSAGES, at, store

PROBLEM = "PC_TYPE_WRONG"
EXPECT = ["PC_TYPE_WRONG"]
COUNTS = {"PC_TYPE_WRONG": 2}
FOLLOWS = []
DATA, METHOD = 0x3701, 0x3705


def damage(draft):
    draft.pc(MESSAGES[0], ATTACHMENT).change(DATA, kind=0x001E)
    draft.pc(MESSAGES[0], ATTACHMENT).change(METHOD, kind=0x0004)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return [{**at(MESSAGES[0], ATTACHMENT), "tag": DATA << 16 | 0x001E, "expected": 0x0102},
            {**at(MESSAGES[0], ATTACHMENT), "tag": METHOD << 16 | 0x0004, "expected": 0x0003}]
