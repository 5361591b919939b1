"""Header and maps are gone, all pages above leaves and a leaf: a node that it named every store has, and its block is gone, too."""

from problems import nbt_range_open, store

PROBLEM = "NBT_RANGE_LOST"
EXPECT = ["HEADER_MAGIC", "AMAP_PAGE", "NBT_RANGE_LOST"]
FOLLOWS = ["BBT_UNNAMED", "STORE_NODE", "NBT_TIED", "BLOCK_ORPHAN"]
FOLLOWS = {"ansi": FOLLOWS + ["STORE_NODE_USUAL"], "unicode": FOLLOWS + ["STORE_NODE_USUAL"], "unicode4k": FOLLOWS}


def build(fmt):
    image, data = store(fmt), bytearray(nbt_range_open.build(fmt, 0x671))
    block = image.store.blocks[image.store.nodes[0x671].data]
    size = image.format.disk_size(block.cb)
    data[block.ib:block.ib + size] = bytes(size)
    return bytes(data)


def place(image):
    return {"expected": 0, "found": 0xFFFFFFFF}
