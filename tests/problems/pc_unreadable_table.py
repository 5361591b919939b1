"""A table of subfolders has the further properties that Outlook keeps for tables it has shown, in a heap of another
kind."""

from problems import TOP, store, table

PROBLEM = "PC_UNREADABLE"
EXPECT = ["PC_UNREADABLE"]
FOLLOWS = []
NODE, SUB_PROPERTIES = table(TOP, 0x0D), 0x4E1


def damage(draft):
    draft.add((NODE, SUB_PROPERTIES), b"".join(draft.parts(TOP)))
    draft.heap(NODE, SUB_PROPERTIES).edit(3, b"\xa5")


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": NODE, "sub": SUB_PROPERTIES}
