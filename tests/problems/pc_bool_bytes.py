"""Behind a truth value there are bytes that are not zero."""

from problems import store

PROBLEM = "PC_BOOL"
EXPECT = ["PC_BOOL"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.pc(0x21).change(0x6633, raw=0x61000001)).sealed()


def place(image):
    return {"nid": 0x21, "tag": 0x6633_000B, "found": 0x61000001}
