"""The entry id of the top of the folders is said to be text.  OSTs have none."""

from problems import store

PROBLEM = "PC_TYPE_WRONG"
FORMATS = ("ansi", "unicode")
EXPECT = ["PC_TYPE_WRONG"]
FOLLOWS = []
TOP = 0x35E0


def build(fmt):
    return store(fmt, lambda draft: draft.pc(0x21).change(TOP, kind=0x001F)).sealed()


def place(image):
    return {"nid": 0x21, "tag": TOP << 16 | 0x001F, "expected": 0x0102}
