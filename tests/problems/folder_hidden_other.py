"""The other count of hidden messages, PidTagAssociatedContentCount, is out of date, as in some sound files."""

from problems import FOLDER, store

PROBLEM = "FOLDER_HIDDEN"
EXPECT = ["FOLDER_HIDDEN"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.pc(FOLDER).add_property(0x3617_0003, b"\x0b\0\0\0")).sealed()


def place(image):
    return {"nid": FOLDER, "tag": 0x3617_0003, "found": 11, "expected": 0}
