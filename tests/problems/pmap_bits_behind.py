"""The page map offers a page behind the end of the file."""

from problems import store

PROBLEM = "PMAP_BITS"
EXPECT = ["PMAP_BITS"]
FORMATS = ("ansi", "unicode")       # 4K files have no page map


def build(fmt):
    image = store(fmt)
    image.pmap(0).set_bits(1000, 1, 0)
    image.header.cbPMapFree = 512
    return image.sealed()


def place(image):
    return {"offset": image.pmap(0).ib, "count": 1}
