"""The allocation map, its checksum right, offers the place of a block that is in use."""

from problems import message, store

EXPECT = ["AMAP_MISSING"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    block = image.node_block(message(image))
    image.amap(0).set_range(block.ib, block.size, 0)
    image.header.cbAMapFree += block.size
    return image.sealed()


def place(image):
    return {"offset": image.amap(0).ib, "count": image.node_block(message(image)).size // image.format.align}
