"""A message has no search key."""

from problems import MESSAGES, store

EXPECT = ["MESSAGE_PROPERTY"]
FOLLOWS = []
KEY = 0x300B


def damage(draft):
    draft.pc(MESSAGES[0]).remove(KEY)
    draft.weigh(MESSAGES[0])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[0], "tag": 0x300B_0102}
