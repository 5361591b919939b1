"""The bytes of an attachment are said to be text, its method to be a floating-point number."""

from problems import ATTACHMENT, MESSAGES, store

PROBLEM = "PC_TYPE_WRONG"
EXPECT = ["PC_TYPE_WRONG"]
FOLLOWS = []
DATA, METHOD = 0x3701, 0x3705


def damage(draft):
    draft.pc(MESSAGES[0], ATTACHMENT).change(DATA, kind=0x001E)
    draft.pc(MESSAGES[0], ATTACHMENT).change(METHOD, kind=0x0004)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[0], "sub": ATTACHMENT, "tag": DATA << 16 | 0x001E, "expected": 0x0102}
