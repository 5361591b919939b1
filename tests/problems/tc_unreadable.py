"""The heap of a contents table says that it is one of properties."""

from problems import FOLDER, store, table

EXPECT = ["TC_UNREADABLE"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)


def build(fmt):
    return store(fmt, lambda draft: draft.heap(NODE).edit(3, b"\xbc")).sealed()


def place(image):
    return {"nid": NODE, "offset": image.node_block(NODE).ib}
