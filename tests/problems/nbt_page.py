"""A page between root and leaves of the node index is zero; its leaves are all there."""

from problems import store

EXPECT = ["NBT_PAGE"]
FOLLOWS = ["AMAP_LEAK", "NBT_RANGE_OPEN"]       # of the page that was


def build(fmt):
    image = store(fmt)
    image.nbt.interior[1].zero()
    return image.sealed()


def place(image):
    return {"offset": image.nbt.interior[1].ib, "id": image.nbt.interior[1].bid}
