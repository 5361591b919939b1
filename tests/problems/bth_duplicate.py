"""A message has a property twice, with two values."""

from problems import MESSAGES, store

EXPECT = ["BTH_DUPLICATE"]
FOLLOWS = []
TWICE, OTHER = 0x3FDE, 0x3FF1


def build(fmt):
    return store(fmt, lambda draft: draft.pc(MESSAGES[0]).change(OTHER, name=TWICE)).sealed()


def place(image):
    pc = image.pc(MESSAGES[0])
    leaf, = pc.tree(pc.root).leaves()
    return {"nid": MESSAGES[0], "hid": leaf, "offset": pc.offset(leaf), "count": 1}
