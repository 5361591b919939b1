"""As bth_root, of an attachment with a value in a subnode."""

from problems import ATTACHMENT, MESSAGES, store

PROBLEM = "BTH_ROOT"
EXPECT = ["BTH_ROOT"]
FOLLOWS = []
PATH = MESSAGES[0], ATTACHMENT


def damage(draft):
    pc = draft.pc(*PATH)
    pc.tree(pc.root).set_root(0)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": PATH[0], "sub": PATH[1]}
