"""The allocation map counts four units as used that belong to nothing."""

from problems import free_place, store

EXPECT = ["AMAP_LEAK"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    unit = image.format.align
    image.amap(0).set_range(free_place(image), 4 * unit, 1)
    image.header.cbAMapFree -= 4 * unit
    return image.sealed()


def place(image):
    return {"offset": image.amap(0).ib, "count": 4}
