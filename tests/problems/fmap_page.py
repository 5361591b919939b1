"""The free map of a file past 32 MB is zero.  Files with 4 KiB pages have none."""

from problems import store

STORE = dict(sections=129)
FORMATS = ("ansi", "unicode")
EXPECT = ["FMAP_PAGE"]
FOLLOWS = []


def build(fmt):
    image = store(fmt, **STORE)
    at = image.format.amap(128) + 0x400
    image.zero(at, at + 0x200)
    return image.sealed()


def place(image):
    return {"offset": image.format.amap(128) + 0x400}
