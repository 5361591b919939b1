"""Header, allocation map and the last leaf of the node index are zero, and the block index lacks a table.

The blocks that nothing needs any more are those of the lost leaf; they tell nothing of the table's node."""

from problems import store

PROBLEM = "BBT_UNNAMED"
EXPECT = ["HEADER_MAGIC", "AMAP_PAGE", "NBT_PAGE", "BBT_UNNAMED"]


def build(fmt):
    image = store(fmt)
    node = next(node for node in image.store.nodes.values() if node.nid & 31 == 0x0E and node.nid > 0x8000)
    image.bbt.remove(node.data)
    image.header.zero()
    image.amap(0).zero()
    image.nbt.leaves[-1].zero()
    return image.sealed()
