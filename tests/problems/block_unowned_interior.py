"""A leaf of the node index proves itself, but lacks an entry, and the pages above the leaves of the block index are lost: the
leaf that counts the reference is no longer reached, but the allocation map counts the block as used, too."""

from problems import block_orphan_index, store

PROBLEM = "BLOCK_UNOWNED"
EXPECT = ["BBT_ROOT"]
FOLLOWS = ["BLOCK_UNOWNED", "AMAP_LEAK"]
place = block_orphan_index.place


def build(fmt):
    image = store(fmt)
    image.nbt.remove(block_orphan_index.NID)
    for page in image.bbt.interior:
        page.zero()
    return image.sealed()
