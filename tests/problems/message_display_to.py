"""A message is shown with two recipients; its table has lost one of them."""

from problems import MESSAGES, RECIPIENTS, store

EXPECT = ["MESSAGE_DISPLAY_TO"]
FOLLOWS = []
DISPLAY_TO = 0x0E04


def damage(draft):
    table = draft.table(MESSAGES[0], RECIPIENTS)
    table.remove_row(min(table.numbers()))
    draft.weigh(MESSAGES[0])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[0], "tag": DISPLAY_TO << 16 | image.format.string, "found": 2, "count": 1}
