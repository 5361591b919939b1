"""A compressed block whose stream was spoilt before its checksum was made.  Only 4 KiB files compress."""

from image import format as F
from problems import message, store

STORE = dict(compress=True, crypt=0)
FORMATS = ("unicode4k",)
EXPECT = ["BLOCK_INFLATE"]
FOLLOWS = ["NODE_HOLES"]


def squeezed(image):
    """A compressed block of the second message."""
    return image.node_block(message(image, 1))


def build(fmt):
    image = store(fmt, **STORE)
    block = squeezed(image)
    assert block.cb < block.inflated
    block.flip(block.cb // 2)
    block.set_trailer(crc=F.weak_crc(block.raw[:block.cb]))
    return image.sealed()


def place(image):
    block = squeezed(image)
    return {"offset": block.ib, "id": block.bid, "expected": block.inflated}
