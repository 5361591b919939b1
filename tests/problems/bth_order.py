"""Two records in the properties of a message have changed places."""

from problems import MESSAGES, store

EXPECT = ["BTH_ORDER"]
FOLLOWS = []


def damage(draft):
    pc = draft.pc(MESSAGES[0])
    first, second, *rest = pc.records()
    pc.put([second, first, *rest])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    pc = image.pc(MESSAGES[0])
    leaf, = pc.tree(pc.root).leaves()
    return {"nid": MESSAGES[0], "hid": leaf, "offset": pc.offset(leaf), "count": 1}
