"""The page map of a contents table counts more items than there is room for."""

from problems import FOLDER, store, table

PROBLEM = "HEAP_MAP"
EXPECT = ["HEAP_MAP"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)


def build(fmt):
    return store(fmt, lambda draft: draft.heap(NODE).edit_map(0, 0x7FFF)).sealed()


def place(image):
    block = image.node_block(NODE)
    return {"nid": NODE, "id": block.bid, "offset": block.ib}
