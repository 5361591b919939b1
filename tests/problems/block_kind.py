"""A message names as its list of subnodes the data tree of another's attachment."""

from problems import lists, message, store

EXPECT = ["BLOCK_KIND"]
REMAINS = ["reference"]


def build(fmt):
    image = store(fmt)
    nid, block = message(image, 1), lists(image, 1)[0]
    assert not image.node(nid).sub
    image.nbt.set(nid, sub=block.bid)
    image.bbt.set(block.bid, cref=block.cref + 1)
    return image.sealed()


def place(image):
    return {"id": lists(image, 1)[0].bid, "nid": message(image, 1)}
