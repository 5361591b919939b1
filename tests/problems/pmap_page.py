"""A bit of the page map has changed.  Files with 4 KiB pages have no page maps."""

from problems import store

FORMATS = ("ansi", "unicode")
EXPECT = ["PMAP_PAGE"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.pmap(0).flip(100)
    return image.sealed()


def place(image):
    return {"offset": image.pmap(0).ib}
