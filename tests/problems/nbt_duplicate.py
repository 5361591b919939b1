"""The first entry of a leaf of the node index stands at the end of the leaf before as well, outside its range."""

from problems import store

EXPECT = ["NBT_DUPLICATE", "NBT_BOUNDS"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    before, leaf = image.nbt.leaf(0), image.nbt.leaf(1)
    before.set_entries(before.entries + leaf.entries[:1])
    return image.sealed()


def place(image):
    return {"nid": image.nbt.leaf(1).get(0)["key"]}
