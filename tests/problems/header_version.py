"""wVer is a number that no client has written."""

from problems import store

EXPECT = ["HEADER_VERSION"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.header.wVer = 99
    return image.sealed()


def place(image):
    return {"offset": 10, "found": 99, "expected": image.format.version}
