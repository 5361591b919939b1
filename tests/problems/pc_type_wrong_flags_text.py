"""The flags of a message are said to be text.  The four bytes of the record, which are small, lead to none."""

from problems import MESSAGES, store

PROBLEM = "PC_TYPE_WRONG"
EXPECT = ["PC_TYPE_WRONG"]
FOLLOWS = []
FLAGS = 0x0E07


def build(fmt):
    return store(fmt, lambda draft: draft.pc(MESSAGES[0]).change(FLAGS, kind=0x001F)).sealed()


def place(image):
    return {"nid": MESSAGES[0], "tag": FLAGS << 16 | 0x001F, "expected": 0x0003}
