"""The page map of a message's properties says that one item was freed; none was."""

from problems import MESSAGES, store

EXPECT = ["HEAP_FREED"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.heap(MESSAGES[0]).edit_map(1, 1)).sealed()


def place(image):
    block = image.node_block(MESSAGES[0])
    return {"nid": MESSAGES[0], "id": block.bid, "offset": block.ib, "found": 1, "expected": 0}
