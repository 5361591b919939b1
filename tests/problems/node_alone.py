"""The contents table of a folder that does not exist."""

from problems import store, table

EXPECT = ["NODE_ALONE"]
FOLLOWS = []
FOLDER = 0x7E02


def build(fmt):
    return store(fmt, lambda draft: draft.add((table(FOLDER, 0x0E),), draft.parts(0x60E))).sealed()


def place(image):
    return {"nid": table(FOLDER, 0x0E), "found": FOLDER}
