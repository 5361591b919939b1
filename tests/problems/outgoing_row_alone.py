"""The table of outgoing messages has a row for a message that does not exist."""

from problems import store

EXPECT = ["OUTGOING_ROW_ALONE"]
FOLLOWS = []
NODE, NOWHERE = 0x64C, 0x2FFF04


def build(fmt):
    return store(fmt, lambda draft: draft.table(NODE).add_row(NOWHERE, draft.new_version())).sealed()


def place(image):
    return {"nid": NODE, "found": NOWHERE}
