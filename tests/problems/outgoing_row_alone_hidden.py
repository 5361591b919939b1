"""The table of outgoing messages names a hidden one, which is not to be sent."""

from problems import HIDDEN, store

PROBLEM = "OUTGOING_ROW_ALONE"
STORE = dict(associated=1)
EXPECT = ["OUTGOING_ROW_ALONE"]
FOLLOWS = []
NODE = 0x64C


def build(fmt):
    return store(fmt, lambda draft: draft.table(NODE).add_row(HIDDEN, draft.new_version()), **STORE).sealed()


def place(image):
    return {"nid": NODE, "found": HIDDEN}
