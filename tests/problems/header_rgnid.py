"""The counter of messages is that of a new store: the next message would get the id of the first."""

from problems import message, store

EXPECT = ["HEADER_RGNID"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    marks = image.header.rgnid
    marks[4] = 0x10000
    image.header.rgnid = marks
    return image.sealed()


def place(image):
    last = message(image, -1)
    return {"offset": image.format.header["rgnid"][0] + 16, "nid": last, "found": 0x10000, "expected": last >> 5}
