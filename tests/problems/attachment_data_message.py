"""An attachment that is a message names none."""

from problems import EMBEDDING, IN_EMBEDDED, MESSAGES, store

PROBLEM = "ATTACHMENT_DATA"
EXPECT = ["ATTACHMENT_DATA"]
FOLLOWS = []
DATA = 0x3701


def damage(draft):
    draft.remove(*IN_EMBEDDED)
    draft.pc(MESSAGES[4], EMBEDDING).remove(DATA)
    draft.weigh(MESSAGES[4])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[4], "sub": EMBEDDING, "found": 5}
