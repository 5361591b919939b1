"""Of two messages in the table of outgoing messages one does not exist."""

from problems import MESSAGES, store

EXPECT = ["OUTGOING_ROW_ALONE"]
FOLLOWS = []
NODE, NOWHERE = 0x64C, 0x2FFF04


def damage(draft):
    for nid in (MESSAGES[0], NOWHERE):
        draft.table(NODE).add_row(nid, draft.new_version())


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": NODE, "found": NOWHERE}
