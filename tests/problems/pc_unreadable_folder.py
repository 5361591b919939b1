"""A table is where the properties of a folder should be: two nodes have changed their blocks."""

from problems import INNER, store, table

PROBLEM = "PC_UNREADABLE"
EXPECT = ["PC_UNREADABLE", "TC_UNREADABLE"]
FOLLOWS = []
TABLE = table(INNER, 0x0E)


def damage(draft):
    folder, contents = draft.nodes[INNER], draft.nodes[TABLE]
    draft.nodes[INNER] = (*contents[:2], folder[2])
    draft.nodes[TABLE] = (*folder[:2], contents[2])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": INNER, "offset": image.node_block(TABLE).ib}
