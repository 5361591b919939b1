"""The block index lacks a table, while header and allocation map are zero: its node was not deleted."""

from problems import store

PROBLEM = "BBT_UNNAMED"
EXPECT = ["HEADER_MAGIC", "AMAP_PAGE", "BBT_UNNAMED"]


def build(fmt):
    image = store(fmt)
    node = next(node for node in image.store.nodes.values() if node.nid & 31 == 0x0E and node.nid > 0x8000)
    image.bbt.remove(node.data)
    image.header.zero()
    image.amap(0).zero()
    return image.sealed()
