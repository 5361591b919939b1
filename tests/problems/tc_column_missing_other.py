"""The template of contents tables is that of hierarchy tables."""

from problems import store

PROBLEM = "TC_COLUMN_MISSING"
EXPECT = ["TC_COLUMN_MISSING"]
FOLLOWS = []
NODE, HIERARCHY = 0x60E, 0x60D


def build(fmt):
    return store(fmt, lambda draft: draft.write((NODE,), draft.parts(HIERARCHY))).sealed()


def place(image):
    return {"nid": NODE, "tag": 0x00170003}
