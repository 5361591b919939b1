"""One bit of what a trailer says of the inflated size is flipped: of a compressed block, and of one that is none.

No checksum covers these bytes.  The block index has the right number.  Only 4 KiB files have them."""

from problems import message, store

STORE = dict(compress=True, crypt=0)
FORMATS = ("unicode4k",)
EXPECT = ["BLOCK_INFLATED", "BLOCK_INFLATED"]
FOLLOWS = []
REMAINS = ["block"]         # the independent reader is strict


def packed(image):
    return image.node_block(message(image, 1))


def plain(image):
    return next(image.node_block(nid) for nid in sorted(image.store.nodes)
                if image.node(nid).data and not image.node(nid).data & 2
                and image.node_block(nid).cb == image.node_block(nid).inflated)


def build(fmt):
    image = store(fmt, **STORE)
    assert packed(image).cb < packed(image).inflated
    for block in (packed(image), plain(image)):
        block.set_trailer(inflated=block.inflated ^ 4)
    return image.sealed()


def place(image):
    return [{"offset": block.ib, "id": block.bid, "expected": block.inflated, "found": block.inflated ^ 4}
            for block in (packed(image), plain(image))]
