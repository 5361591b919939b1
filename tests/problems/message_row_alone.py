"""A contents table has a row for a message that does not exist."""

from problems import FOLDER, MESSAGES, store, table

EXPECT = ["MESSAGE_ROW_ALONE"]
FOLLOWS = []
NODE, NOWHERE = table(FOLDER, 0x0E), 0x2FFF04


def damage(draft):
    draft.table(NODE).add_row(NOWHERE, draft.new_version(), like=MESSAGES[0])
    draft.count(FOLDER)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": FOLDER, "expected": NODE, "found": NOWHERE}
