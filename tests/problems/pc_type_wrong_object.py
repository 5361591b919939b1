"""The object in an attachment, a message, is said to be bytes: those of its id and size."""

from problems import EMBEDDING, MESSAGES, store

PROBLEM = "PC_TYPE_WRONG"
EXPECT = ["PC_TYPE_WRONG"]
FOLLOWS = []
DATA = 0x3701


def build(fmt):
    return store(fmt, lambda draft: draft.pc(MESSAGES[4], EMBEDDING).change(DATA, kind=0x0102)).sealed()


def place(image):
    return {"nid": MESSAGES[4], "sub": EMBEDDING, "tag": DATA << 16 | 0x0102, "expected": 0x000D}
