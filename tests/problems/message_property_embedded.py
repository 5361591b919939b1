"""An embedded message does not say when it was made."""

from problems import EMBEDDED, IN_EMBEDDED, MESSAGES, store

PROBLEM = "MESSAGE_PROPERTY"
EXPECT = ["MESSAGE_PROPERTY"]
FOLLOWS = []
CREATED = 0x3007


def damage(draft):
    draft.pc(*IN_EMBEDDED).remove(CREATED)
    draft.weigh(MESSAGES[4])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[4], "sub": EMBEDDED, "tag": 0x3007_0040}
