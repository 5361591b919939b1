"""A message has no class, nor has its row in the table of its folder."""

from problems import FOLDER, MESSAGES, store, table

PROBLEM = "MESSAGE_PROPERTY"
EXPECT = ["MESSAGE_PROPERTY"]
FOLLOWS = []
CLASS = 0x001A


def damage(draft):
    draft.pc(MESSAGES[0]).remove(CLASS)
    draft.table(table(FOLDER, 0x0E)).set_cell(MESSAGES[0], CLASS, None)
    draft.weigh(MESSAGES[0])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[0], "tag": CLASS << 16 | image.format.string}
