"""The header has the roots of the two indexes in each other's place."""

from problems import store

PROBLEM = "NBT_ROOT"
EXPECT = ["NBT_ROOT", "BBT_ROOT"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    nbt, bbt = image.nbt.root, image.bbt.root
    image.header.set(**{"nbt.ib": bbt.ib, "nbt.bid": bbt.bid, "bbt.ib": nbt.ib, "bbt.bid": nbt.bid})
    return image.sealed()
