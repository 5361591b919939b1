"""The heap of an attachment inside an embedded message has a freed item.  As in files of other writers, it
is not counted."""

from problems import EMBEDDED_ATTACHMENT, IN_EMBEDDED, MESSAGES, at, store

PROBLEM = "HEAP_FREED"
EXPECT = ["HEAP_FREED"]
FOLLOWS = []


def damage(draft):
    heap = draft.heap(*IN_EMBEDDED, EMBEDDED_ATTACHMENT)
    heap.add(b"")
    draft.weigh(MESSAGES[4])
    draft.heap(*IN_EMBEDDED, EMBEDDED_ATTACHMENT).edit_map(1, 0)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    block = image.node_block(*IN_EMBEDDED, EMBEDDED_ATTACHMENT)
    return {**at(*IN_EMBEDDED, EMBEDDED_ATTACHMENT), "id": block.bid, "found": 0, "expected": 1}
