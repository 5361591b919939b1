"""The first checksum of the header, which the second does not cover, is wrong."""

from problems import store

EXPECT = ["HEADER_CRC_PARTIAL"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.header.flip(4)
    return image.sealed()


def place(image):
    return {"offset": 4, "expected": image.header.dwCRCPartial, "found": image.header.dwCRCPartial ^ 1}
