"""The root of the node index is zero, and so are the only block of a node and the leaf that names that block."""

from problems import store

EXPECT = ["NBT_ROOT", "BBT_PAGE"]
FOLLOWS = ["NODE_LOST", "BBT_UNNAMED", "AMAP_LEAK", "NBT_RANGE_OPEN", "STORE_NODE"]


def build(fmt):
    image = store(fmt)
    image.nbt.root.zero()
    image.bbt.find(image.node(0x201).data)[0].zero()
    image.node_block(0x201).zero()
    return image.sealed()


def place(image):
    return {"nid": 0x201, "offset": image.nbt.find(0x201)[0].ib}
