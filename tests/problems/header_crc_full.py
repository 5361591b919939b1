"""bidNextB was torn, which only the second checksum of the header covers.  ANSI headers have no such checksum."""

from problems import store

FORMATS = ("unicode", "unicode4k")
EXPECT = ["HEADER_CRC_FULL"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.header.flip(516, 7)
    return image.sealed()


def place(image):
    return {"offset": 524, "found": image.header.dwCRCFull}
