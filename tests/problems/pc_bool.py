"""A truth value that is neither."""

from problems import store

EXPECT = ["PC_BOOL"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.pc(0x21).change(0x6633, raw=2)).sealed()


def place(image):
    return {"nid": 0x21, "tag": 0x6633_000B, "found": 2}
