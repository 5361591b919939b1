"""cbAMapFree is one unit more than the maps have."""

from problems import store

EXPECT = ["HEADER_AMAP_FREE"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.header.cbAMapFree += image.format.align
    return image.sealed()


def place(image):
    right = image.header.cbAMapFree
    return {"offset": image.format.header["cbAMapFree"][0], "found": right + image.format.align, "expected": right}
