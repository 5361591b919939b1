"""A leaf of the node index has the id of a leaf of the block index."""

from image import format as F
from problems import store

EXPECT = ["PAGE_ID_TWICE"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    leaf, bid = image.nbt.leaf(0), image.bbt.leaf(0).bid
    leaf.set_trailer(bid=bid, sig=F.compute_sig(leaf.ib, bid))
    image.nbt.interior[1].set(0, bid=bid)
    return image.sealed()


def place(image):
    return {"id": image.bbt.leaf(0).bid}
