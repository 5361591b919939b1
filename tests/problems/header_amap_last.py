"""ibAMapLast does not say where the last allocation map is."""

from problems import store

EXPECT = ["HEADER_AMAP_LAST"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.header.ibAMapLast += image.format.interval
    return image.sealed()


def place(image):
    return {"offset": image.format.header["ibAMapLast"][0], "expected": image.format.first_amap}
