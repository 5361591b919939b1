"""The subject of an embedded message is said to be bytes."""

from problems import IN_EMBEDDED, at, store

PROBLEM = "PC_TYPE_WRONG"
EXPECT = ["PC_TYPE_WRONG"]
FOLLOWS = []
SUBJECT = 0x0037


def build(fmt):
    return store(fmt, lambda draft: draft.pc(*IN_EMBEDDED).change(SUBJECT, kind=0x0102)).sealed()


def place(image):
    return {**at(*IN_EMBEDDED), "tag": SUBJECT << 16 | 0x0102}
