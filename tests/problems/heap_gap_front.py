"""The first item of a contents table does not begin right behind the header of the heap."""

import struct

from problems import FOLDER, store, table

PROBLEM = "HEAP_GAP"
EXPECT = ["HEAP_GAP"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)


def damage(draft):
    heap = draft.heap(NODE)
    at, part, offsets = heap.map_at(), heap.parts[0], heap.offsets()
    offsets = [offset + 2 for offset in offsets]
    head = struct.pack("<H", at + 2) + part[2:12] + bytes(2)
    heap.write([head + part[12:at + 4] + struct.pack(f"<{len(offsets)}H", *offsets)])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    block = image.node_block(NODE)
    return {"nid": NODE, "id": block.bid, "offset": block.ib, "count": 2}
