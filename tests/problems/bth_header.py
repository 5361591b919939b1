"""The map of item ids, node 0xC01, has keys of 4 bytes, not of 16."""

from problems import store

EXPECT = ["BTH_HEADER"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.heap(0xC01).edit_item(0x40, 1, b"\4")).sealed()


def place(image):
    return {"nid": 0xC01}
