"""The page map offers the root page of an index.  Files with 4 KiB pages have no page maps."""

from problems import store

FORMATS = ("ansi", "unicode")
EXPECT = ["PMAP_BITS"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.pmap(0).set_bits((image.nbt.root.ib - image.amap(0).ib) // 512, 1, 0)
    image.header.cbPMapFree = 512
    return image.sealed()


def place(image):
    return {"offset": image.pmap(0).ib, "count": 1}
