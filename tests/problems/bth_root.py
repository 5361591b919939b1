"""The tree of a message's properties leads to none of them, though they are all there."""

from problems import MESSAGES, store

EXPECT = ["BTH_ROOT"]
FOLLOWS = []


def damage(draft):
    pc = draft.pc(MESSAGES[1])
    pc.tree(pc.root).set_root(0)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    pc = image.pc(MESSAGES[1])
    leaf, = pc.tree(pc.root).leaves()
    return {"nid": MESSAGES[1], "hid": leaf}
