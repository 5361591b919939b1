"""A message inside another shows one recipient of a copy; in its table he is one of a blind copy."""

from problems import IN_EMBEDDED, RECIPIENTS, at, store

PROBLEM = "MESSAGE_DISPLAY_TO"
EXPECT = ["MESSAGE_DISPLAY_TO"]
FOLLOWS = []
KIND, DISPLAY_CC, BLIND = 0x0C15, 0x0E03, 3


def damage(draft):
    table = draft.table(*IN_EMBEDDED, RECIPIENTS)
    table.set_number(max(table.numbers()), KIND, BLIND)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {**at(*IN_EMBEDDED), "tag": DISPLAY_CC << 16 | image.format.string, "found": 1}
