"""A migration tool wrote permuted blocks and a header that says they are not."""

from problems import store

EXPECT = ["HEADER_ENCODING"]
FOLLOWS = []


def build(fmt):
    image = store(fmt, crypt=1)
    image.header.bCryptMethod = 0
    return image.sealed()


def place(image):
    return {"offset": image.format.header["bCryptMethod"][0], "found": 0, "expected": 1}
