"""A list of blocks names one that no index names and that is nowhere."""

from problems import lists, store

PROBLEM = "BLOCK_MISSING"
EXPECT = ["BLOCK_MISSING"]
FOLLOWS = ["NODE_HOLES"]
REMAINS = ["reference"]


def listed(image):
    """The list, and the block."""
    list_ = lists(image, 1)[0]
    return list_, image.block(image.store.children(list_.bid)[3][1])


def build(fmt):
    image = store(fmt)
    _, block = listed(image)
    block.zero()
    image.bbt.remove(block.bid)
    image.amap().set_range(block.ib, block.size, 0)
    image.header.cbAMapFree += block.size
    return image.sealed()


def place(image):
    list_, block = listed(image)
    return {"id": block.bid, "found": list_.bid, "offset": list_.ib}
