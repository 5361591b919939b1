"""The header says that Windows has encrypted the blocks.  They begin like heaps when decoded as ever, so it has not."""

from problems import store

PROBLEM = "HEADER_ENCODING"
EXPECT = ["HEADER_ENCODING"]
FOLLOWS = []


def build(fmt):
    image = store(fmt, crypt=1)
    image.header.bCryptMethod = 0x10
    return image.sealed()


def place(image):
    return {"offset": image.format.header["bCryptMethod"][0], "found": 0x10, "expected": 1}
