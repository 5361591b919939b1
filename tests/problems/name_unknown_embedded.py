"""An attachment of an embedded message has a named property that the map of names does not know."""

from problems import EMBEDDED_ATTACHMENT, IN_EMBEDDED, MESSAGES, at, store

PROBLEM = "NAME_UNKNOWN"
EXPECT = ["NAME_UNKNOWN"]
FOLLOWS = []
TAG = 0x8044_0003


def damage(draft):
    draft.pc(*IN_EMBEDDED, EMBEDDED_ATTACHMENT).add_property(TAG, bytes(4))
    draft.weigh(MESSAGES[4])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {**at(*IN_EMBEDDED, EMBEDDED_ATTACHMENT), "tag": TAG}
