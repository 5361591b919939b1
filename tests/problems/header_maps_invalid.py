"""The writer was stopped while it changed the maps, before it set fAMapValid again."""

from problems import store

EXPECT = ["HEADER_MAPS_INVALID"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.header.fAMapValid = 0
    return image.sealed()


def place(image):
    return {"offset": image.format.header["fAMapValid"][0], "found": 0}
