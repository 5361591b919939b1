"""Text of an odd number of bytes in an embedded message.  Not in ANSI files, whose text has one byte a character."""

from problems import IN_EMBEDDED, MESSAGES, at, store

PROBLEM = "PC_VALUE_SIZE"
FORMATS = ("unicode", "unicode4k")
EXPECT = ["PC_VALUE_SIZE"]
FOLLOWS = []
PROPERTY = 0x0065


def damage(draft):
    draft.pc(*IN_EMBEDDED).set_value(PROPERTY, b"odd")
    draft.weigh(MESSAGES[4])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {**at(*IN_EMBEDDED), "tag": PROPERTY << 16 | 0x1F, "found": 3}
