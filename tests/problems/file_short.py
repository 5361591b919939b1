"""A copy stopped a little before its end, where nothing lay."""

from problems import store

EXPECT = ["FILE_SHORT"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.truncate(len(image.data) - 0x1000)
    return image.sealed()


def place(image):
    return {"offset": len(image.data) - 0x1000, "found": len(image.data) - 0x1000, "expected": len(image.data)}
