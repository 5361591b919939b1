"""The flags of a message are said to be a floating-point number."""

from problems import MESSAGES, store

PROBLEM = "PC_TYPE_WRONG"
EXPECT = ["PC_TYPE_WRONG"]
FOLLOWS = []
FLAGS = 0x0E07


def build(fmt):
    return store(fmt, lambda draft: draft.pc(MESSAGES[0]).change(FLAGS, kind=0x0004)).sealed()


def place(image):
    return {"nid": MESSAGES[0], "tag": FLAGS << 16 | 0x0004, "expected": 0x0003}
