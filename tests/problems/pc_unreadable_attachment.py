"""The root item of an attachment's heap is no header of a tree of properties."""

from problems import ATTACHMENT, MESSAGES, store

PROBLEM = "PC_UNREADABLE"
EXPECT = ["PC_UNREADABLE"]
FOLLOWS = []


def damage(draft):
    heap = draft.heap(MESSAGES[0], ATTACHMENT)
    heap.edit_item(heap.root, 1, b"\4")


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[0], "sub": ATTACHMENT, "offset": image.node_block(MESSAGES[0], ATTACHMENT).ib}
