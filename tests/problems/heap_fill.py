"""The heap of a message says that it is full, and is not."""

from image.format import fill_level
from problems import MESSAGES, store

EXPECT = ["HEAP_FILL"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.heap(MESSAGES[1]).edit(8, b"\x0f")).sealed()


def place(image):
    heap, block = image.heap(MESSAGES[1]), image.node_block(MESSAGES[1])
    end = heap.map_at() + 4 + 2 * len(heap.offsets())
    return {"nid": MESSAGES[1], "id": block.bid, "offset": block.ib, "found": 15,
            "expected": fill_level(image.format, end)}
