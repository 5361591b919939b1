"""bSentinel is 0."""

from problems import store

EXPECT = ["HEADER_SENTINEL"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.header.bSentinel = 0
    return image.sealed()


def place(image):
    return {"offset": image.format.header["bSentinel"][0], "found": 0, "expected": 0x80}
