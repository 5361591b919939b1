"""The header of a folder's properties says that the page map is behind the end of the block."""

from problems import FOLDER, store

PROBLEM = "HEAP_MAP"
EXPECT = ["HEAP_MAP"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.heap(FOLDER).edit(0, b"\xf0\x1f")).sealed()


def place(image):
    block = image.node_block(FOLDER)
    return {"nid": FOLDER, "id": block.bid, "offset": block.ib}
