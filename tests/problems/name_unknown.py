"""A message has a named property that the map of names does not know."""

from problems import MESSAGES, store

EXPECT = ["NAME_UNKNOWN"]
FOLLOWS = []
TAG = 0x8044_0003


def damage(draft):
    draft.pc(MESSAGES[0]).add_property(TAG, bytes(4))
    draft.weigh(MESSAGES[0])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[0], "tag": TAG}
