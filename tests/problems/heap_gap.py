"""Between the last item of a folder's properties and the page map there are bytes that belong to no item: the last one
was freed, and the map was not moved."""

import struct

from problems import FOLDER, store

EXPECT = ["HEAP_GAP"]
FOLLOWS = []
MORE = 6


def damage(draft):
    heap = draft.heap(FOLDER)
    at = heap.map_at()
    part = heap.parts[0]
    heap.write([struct.pack("<H", at + MORE) + part[2:at] + bytes(MORE) + part[at:]])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    heap, block = image.heap(FOLDER), image.node_block(FOLDER)
    gap = heap.map_at() + MORE - heap.offsets()[-1]
    return {"nid": FOLDER, "id": block.bid, "offset": block.ib, "count": gap - 1}
