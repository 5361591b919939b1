"""cbPMapFree names a free page that no page map has."""

from problems import store

EXPECT = ["HEADER_PMAP_FREE"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.header.cbPMapFree = 512
    return image.sealed()


def place(image):
    return {"offset": image.format.header["cbPMapFree"][0], "found": 512, "expected": 0}
