"""The start of the disk was lost: the header is zero, all else is there."""

from problems import store

EXPECT = ["HEADER_MAGIC"]
FOLLOWS = ["NBT_RANGE_OPEN"]


def build(fmt):
    image = store(fmt)
    image.header.zero()
    return image.sealed()
