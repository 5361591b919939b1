"""The head of the root's table of folders begins with another letter."""

from problems import store

PROBLEM = "TC_UNREADABLE"
EXPECT = ["TC_UNREADABLE"]
FOLLOWS = []
NODE = 0x12D


def damage(draft):
    heap = draft.heap(NODE)
    heap.edit_item(heap.root, 0, b"\x7d")


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": NODE, "offset": image.node_block(NODE).ib}
