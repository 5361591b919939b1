"""Header and root of the node index are zero, and keys that pages above leaves give to these are too low by one.

Each of the leaves still speaks for all of its own keys."""

from problems import store

PROBLEM = "HEADER_MAGIC"
EXPECT = ["HEADER_MAGIC", "AMAP_PAGE"]


def build(fmt):
    image = store(fmt)
    for page in image.nbt.interior:
        for i in range(len(page)):
            page.set(i, key=page.get(i)["key"] - 1)
    image.nbt.root.zero()
    image.header.zero()
    image.amap(0).zero()
    return image.sealed()
