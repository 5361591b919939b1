"""wVer is a number between those of Unicode files: it says which format it is, but readers do not know it."""

from problems import store

PROBLEM = "HEADER_VERSION"
FORMATS = ("unicode",)
EXPECT = ["HEADER_VERSION"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.header.wVer = 31
    return image.sealed()


def place(image):
    return {"offset": 10, "found": 31, "expected": image.format.version}
