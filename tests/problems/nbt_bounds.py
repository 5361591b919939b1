"""The last entry of a leaf of the node index stands at the end of the leaf before, outside its range."""

from problems import store

EXPECT = ["NBT_BOUNDS"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    before, leaf = image.nbt.leaf(0), image.nbt.leaf(1)
    before.set_entries(before.entries + leaf.entries[-1:])
    leaf.remove(len(leaf) - 1)
    return image.sealed()


def place(image):
    leaf = image.nbt.leaf(1)
    return {"offset": image.nbt.leaf(0).ib, "found": leaf.get(len(leaf) - 1)["key"]}
