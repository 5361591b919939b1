"""Header and maps are gone, all pages above leaves and a leaf.

What the leaf named is found by what it holds, and nothing is left that could say that this is all."""

from problems import MESSAGES, store

EXPECT = ["HEADER_MAGIC", "AMAP_PAGE"]
FOLLOWS = ["NBT_RANGE_OPEN", "NBT_TIED", "BBT_UNNAMED"]


def build(fmt, nid=MESSAGES[2]):
    image = store(fmt)
    image.header.zero()
    image.amap(0).zero()
    for page in image.nbt.interior + image.bbt.pages:
        page.zero()
    image.nbt.find(nid)[0].zero()
    return image.sealed()


def place(image):
    return {"expected": 0, "found": 0xFFFFFFFF}
