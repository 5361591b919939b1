"""The map from the ids of a server to folders does not begin like a heap.  Only OSTs have it."""

from problems import store

PROBLEM = "BTH_HEADER"
STORE = dict(server_ids=True)
FORMATS = ("unicode4k",)
EXPECT = ["BTH_HEADER"]
FOLLOWS = []
NODE = 0x821


def build(fmt):
    return store(fmt, lambda draft: draft.heap(NODE).edit(2, b"\xbc"), **STORE).sealed()


def place(image):
    return {"nid": NODE}
