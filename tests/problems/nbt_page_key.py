"""A link to a leaf of the node index has another id and a key that is too high by one.

The leaf is there; its first node is behind all that the leaf before it has."""

from problems import store

PROBLEM = "NBT_PAGE"
EXPECT = ["NBT_PAGE"]


def build(fmt):
    image = store(fmt)
    page = image.nbt.interior[-1]
    link = page.get(1)
    page.set(1, key=link["key"] + 1, bid=link["bid"] + 0x4000)
    return image.sealed()
