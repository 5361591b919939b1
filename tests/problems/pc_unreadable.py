"""The block of a message's properties has a right checksum, but does not begin like a heap."""

from problems import MESSAGES, store

EXPECT = ["PC_UNREADABLE"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.heap(MESSAGES[2]).edit(2, b"\xed")).sealed()


def place(image):
    return {"nid": MESSAGES[2], "offset": image.node_block(MESSAGES[2]).ib}
