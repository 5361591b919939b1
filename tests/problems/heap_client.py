"""The heap with the cells of one column calls itself that of a property context: only OSTs have such heaps."""

from problems import FOLDER, store, table

FORMATS = ("unicode4k",)
EXPECT = ["HEAP_CLIENT"]
FOLLOWS = []
NODE, SENDERS = table(FOLDER, 0x0E), 0x541


def damage(draft):
    draft.heap(NODE, SENDERS).edit(3, b"\xbc")


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": NODE, "sub": SENDERS, "expected": 0xECA5, "found": 0xECBC, "offset": image.node_block(NODE, SENDERS).ib}
