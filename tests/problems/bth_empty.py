"""The table of a message's recipients has neither index nor rows, but their addresses are still in its heap."""

from problems import MESSAGES, RECIPIENTS, store

EXPECT = ["BTH_EMPTY"]
FOLLOWS = []


def damage(draft):
    table = draft.table(MESSAGES[0], RECIPIENTS)
    table.index.set_root(0)
    table.set_info(matrix=0)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[0], "sub": RECIPIENTS}
