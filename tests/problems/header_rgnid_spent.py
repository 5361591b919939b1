"""The counter of messages is higher than any index: no more messages can be added."""

from problems import store

EXPECT = ["HEADER_RGNID_SPENT"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    marks = image.header.rgnid
    marks[4] = 0xFFFFFFFF
    image.header.rgnid = marks
    return image.sealed()


def place(image):
    return {"offset": image.format.header["rgnid"][0] + 16, "found": 0xFFFFFFFF}
