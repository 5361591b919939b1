"""Header and allocation map are zero, and so are all pages of the indexes that were written last.  What is left is an older
state, whole in itself; but newer blocks are there that nothing in it needs."""

from problems import store

PROBLEM = "NBT_STALE"
STORE = dict(stale=True)
EXPECT = ["HEADER_MAGIC", "AMAP_PAGE", "NBT_RANGE_LOST"]
FOLLOWS = ["NBT_STALE"]


def build(fmt):
    image = store(fmt, **STORE)
    image.header.zero()
    image.amap().zero()
    for page in image.nbt.pages + image.bbt.pages:
        if page.ib > image.node_block(image.stale.changed).ib:
            page.zero()
    return image.sealed()


def place(image):
    return {"nid": image.stale.changed}
