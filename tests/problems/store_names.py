"""The map of named properties is not there.  What a message's named properties mean cannot be known, and is not told
again."""

from problems import store

EXPECT = ["STORE_NAMES"]
FOLLOWS = []
NODE = 0x61


def build(fmt):
    return store(fmt, lambda draft: draft.remove(NODE)).sealed()


def place(image):
    return {"nid": NODE}
