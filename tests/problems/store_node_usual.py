"""The table of tombstones, which PSTs written by Outlook have, is not there.  OSTs are not asked for it."""

from problems import store

FORMATS = ("ansi", "unicode")
EXPECT = ["STORE_NODE_USUAL"]
FOLLOWS = []
NODE = 0x6D7


def build(fmt):
    return store(fmt, lambda draft: draft.remove(NODE)).sealed()


def place(image):
    return {"nid": NODE}
