"""Two entries of the node index have changed places, and the map has no room for new pages: the file must grow."""

from problems import free_place, store

PROBLEM = "NBT_ORDER"
EXPECT = ["NBT_ORDER", "AMAP_LEAK"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    at, end = free_place(image), image.format.amap(1)
    image.amap(0).set_range(at, end - at, 1)
    image.header.cbAMapFree -= end - at
    image.nbt.leaf(1).swap(1, 2)
    return image.sealed()
