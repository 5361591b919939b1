"""A block lies inside another: both are in use, and both checksums are right."""

from image import format as F
from problems import lists, message, store

STORE = dict(crypt=0)
EXPECT = ["BLOCK_OVERLAP"]
FOLLOWS = []
REMAINS = ["overlap"]


def blocks(image):
    """The first, full block of an attachment, and a smaller one that moves into it."""
    outer = image.block(image.store.children(lists(image, 1)[0].bid)[3][0])
    return outer, image.node_block(message(image, 3))


def build(fmt):
    image = store(fmt, **STORE)
    outer, inner = blocks(image)
    ib = outer.ib + image.format.align
    moved = inner.raw[:-image.format.block_tail]
    moved += F.block_trailer(image.format, ib, inner.bid, inner.data, inner.inflated)
    at = image.format.align
    outer.write(outer.data[:at] + moved + outer.data[at + len(moved):])
    inner.zero()
    image.bbt.set(inner.bid, ib=ib)
    image.amap(0).set_range(inner.ib, inner.size, 0)
    image.header.cbAMapFree += inner.size
    return image.sealed()


def place(image):
    outer, inner = blocks(image)
    return {"id": inner.bid, "offset": outer.ib + image.format.align, "found": outer.bid, "expected": outer.ib,
            "size": inner.size}
