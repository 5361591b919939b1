"""The first allocation map is zero."""

from problems import store

EXPECT = ["AMAP_PAGE"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.amap(0).zero()
    return image.sealed()


def place(image):
    return {"offset": image.amap(0).ib}
