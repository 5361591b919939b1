"""A contents table has a row for a message that is in another folder."""

from problems import FOLDER, MESSAGES, store, table

PROBLEM = "MESSAGE_ROW_ALONE"
EXPECT = ["MESSAGE_ROW_ALONE"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)


def damage(draft):
    draft.table(NODE).add_row(MESSAGES[1], draft.new_version(), like=MESSAGES[0])
    draft.count(FOLDER)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": FOLDER, "expected": NODE, "found": MESSAGES[1]}
