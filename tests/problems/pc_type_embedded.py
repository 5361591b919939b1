"""The type of a property of an embedded message is a number that is no type."""

from problems import IN_EMBEDDED, at, store

PROBLEM = "PC_TYPE"
EXPECT = ["PC_TYPE"]
FOLLOWS = []
PROPERTY = 0x0026


def build(fmt):
    return store(fmt, lambda draft: draft.pc(*IN_EMBEDDED).change(PROPERTY, kind=0x1000)).sealed()


def place(image):
    return {**at(*IN_EMBEDDED), "tag": PROPERTY << 16 | 0x1000}
