"""Text of an odd number of bytes in an embedded message.  Not in ANSI files, whose text has one byte a character."""

from problems import EMBEDDED, IN_EMBEDDED, MESSAGES, store

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
    return {"nid": MESSAGES[4], "sub": EMBEDDED, "tag": PROPERTY << 16 | 0x1F, "found": 3}
