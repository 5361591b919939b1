"""A folder names as its list of subnodes the data tree of another's attachment."""

from problems import lists, store

EXPECT = ["BLOCK_KIND"]
FOLLOWS = ["NODE_LIST"]
FOLDER = 0x8022             # without subnodes of its own


def build(fmt):
    image = store(fmt)
    block = lists(image, 1)[0]
    image.nbt.set(FOLDER, sub=block.bid)
    image.bbt.set(block.bid, cref=block.cref + 1)
    return image.sealed()


def place(image):
    return {"id": lists(image, 1)[0].bid, "nid": FOLDER}
