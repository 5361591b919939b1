"""The row index of the root's table of folders is backwards: half of its rows are not found."""

from problems import store

PROBLEM = "BTH_ORDER"
EXPECT = ["BTH_ORDER"]
FOLLOWS = []
NODE = 0x12D


def damage(draft):
    index = draft.table(NODE).index
    index.put(index.records()[::-1])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    table = image.table(NODE)
    leaf, = table.index.leaves()
    return {"nid": NODE, "hid": leaf, "offset": table.offset(leaf), "count": len(table.numbers()) - 1}
