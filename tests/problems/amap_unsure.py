"""The second allocation map is zero.  Only in files with 4 KiB pages is it unsure where, or if, it lies."""

from problems import store

STORE = dict(sections=2)
FORMATS = ("unicode4k",)
EXPECT = ["AMAP_UNSURE"]
FOLLOWS = []
REMAINS = ["map"]           # the independent reader is sure


def build(fmt):
    image = store(fmt, **STORE)
    image.amap(1).zero()
    return image.sealed()


def place(image):
    return {"offset": image.amap(1).ib}
