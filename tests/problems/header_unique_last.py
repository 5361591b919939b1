"""The counter of row versions is at its end."""

from problems import store

PROBLEM = "HEADER_UNIQUE"
EXPECT = [PROBLEM]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.header.dwUnique = 0xFFFFFFFF
    return image.sealed()


def place(image):
    return {"found": 0xFFFFFFFF}
