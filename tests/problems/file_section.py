"""File and header agree on an end inside a section, but the map offers the space behind it."""

from problems import store

EXPECT = ["FILE_SECTION"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.header.ibFileEof -= 0x1000
    image.truncate(image.header.ibFileEof)
    return image.sealed()


def place(image):
    return {"found": len(image.data) - 0x1000, "expected": len(image.data)}
