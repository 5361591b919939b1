"""As in stores of Exchange, the counter of attachments does not know those that are there."""

from problems import store

EXPECT = ["HEADER_RGNID_SUBNODE"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    marks = image.header.rgnid
    marks[5] = 0x400
    image.header.rgnid = marks
    return image.sealed()


def place(image):
    return {"offset": image.format.header["rgnid"][0] + 20, "found": 0x400, "expected": image.header.rgnid[5]}
