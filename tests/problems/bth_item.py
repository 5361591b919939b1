"""The item with the records of a folder's properties ends in half a record."""

from problems import FOLDER, store

EXPECT = ["BTH_ITEM"]
FOLLOWS = []


def damage(draft):
    pc = draft.pc(FOLDER)
    leaf, = pc.tree(pc.root).leaves()
    pc.set(leaf, pc.item(leaf) + bytes(3))


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    pc = image.pc(FOLDER)
    leaf, = pc.tree(pc.root).leaves()
    return {"nid": FOLDER, "hid": leaf}
