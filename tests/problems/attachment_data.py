"""An attachment by value has no bytes."""

from problems import MESSAGES, SECOND_ATTACHMENT, store

EXPECT = ["ATTACHMENT_DATA"]
FOLLOWS = []
DATA = 0x3701


def damage(draft):
    draft.pc(MESSAGES[3], SECOND_ATTACHMENT).remove(DATA)
    draft.weigh(MESSAGES[3])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[3], "sub": SECOND_ATTACHMENT, "found": 1}
