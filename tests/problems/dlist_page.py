"""A bit of the density list has changed."""

from problems import store

EXPECT = ["DLIST_PAGE"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.dlist.flip(100)
    return image.sealed()


def place(image):
    return {"offset": image.dlist.ib}
