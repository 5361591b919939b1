"""wVer is 37, which is Unicode, in an ANSI file.  In a Unicode file it would be right."""

from problems import store

PROBLEM = "HEADER_VERSION"
FORMATS = ("ansi",)
EXPECT = ["HEADER_VERSION"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.header.wVer = 37
    return image.sealed()


def place(image):
    return {"offset": 10, "found": 37, "expected": image.format.version}
