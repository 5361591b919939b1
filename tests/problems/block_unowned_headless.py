"""A leaf of the node index is lost, and the pages above it, header and maps: the block index alone still says that something
was in use."""

from problems import store

PROBLEM = "BLOCK_UNOWNED"
EXPECT = ["HEADER_MAGIC", "AMAP_PAGE", "NBT_RANGE_LOST", "PMAP_PAGE"]
EXPECT = {"ansi": EXPECT, "unicode": EXPECT, "unicode4k": EXPECT[:3]}
FOLLOWS = ["BLOCK_UNOWNED", "STORE_NODE_USUAL"]
FOLLOWS = {"ansi": FOLLOWS, "unicode": FOLLOWS, "unicode4k": FOLLOWS[:1]}


def leaf(image):
    return next(leaf for leaf in image.nbt.leaves if any(leaf.get(i)["key"] == 0xC01 for i in range(len(leaf))))


def build(fmt):
    image = store(fmt)
    for page in [leaf(image), *image.nbt.interior]:
        page.zero()
    image.header.zero()
    image.amap(0).zero()
    if image.format.page_maps:
        image.pmap(0).zero()
    return image.sealed()


def place(image):
    return {"id": image.node(0xC01).data}
