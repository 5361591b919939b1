"""The number at the end of an allocation map that is 1 in all files seen is 0.  Only pages of 4 KiB have it."""

from problems import store

FORMATS = ("unicode4k",)
EXPECT = ["MAP_CONSTANT"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.amap().write_raw(image.format.page - 8, bytes(8))
    return image.sealed()


def place(image):
    return {"offset": image.amap().ib}
