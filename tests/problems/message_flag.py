"""The flags of a message, and those in the table of its folder, say that it has attachments; it has none."""

from problems import INNER, MESSAGES, store, table

EXPECT = ["MESSAGE_FLAG"]
FOLLOWS = []
FLAGS = 0x0E07


def damage(draft):
    flags = draft.pc(MESSAGES[1]).get(FLAGS)[2] | 0x10
    draft.pc(MESSAGES[1]).change(FLAGS, raw=flags)
    draft.table(table(INNER, 0x0E)).set_number(MESSAGES[1], FLAGS, flags)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[1], "found": 1, "expected": 0}
