"""The type of a message's property is a number that is no type."""

from problems import MESSAGES, store

EXPECT = ["PC_TYPE"]
FOLLOWS = []
PROPERTY = 0x0026


def build(fmt):
    return store(fmt, lambda draft: draft.pc(MESSAGES[0]).change(PROPERTY, kind=0x0011)).sealed()


def place(image):
    return {"nid": MESSAGES[0], "tag": PROPERTY << 16 | 0x0011}
