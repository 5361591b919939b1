"""The message store has no name.  OSTs need none."""

from problems import store

FORMATS = ("ansi", "unicode")
EXPECT = ["STORE_PROPERTY"]
FOLLOWS = []
NAME = 0x3001


def build(fmt):
    return store(fmt, lambda draft: draft.pc(0x21).remove(NAME)).sealed()


def place(image):
    return {"nid": 0x21, "tag": NAME << 16 | image.format.string}
