"""A leaf of the node index says that its entries have 40 bytes; how many fit into the page says otherwise."""

from problems import store

PROBLEM = "NBT_ENTRIES"
EXPECT = ["NBT_ENTRIES"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.nbt.leaf(1).set_meta(cbEnt=40)
    return image.sealed()


def place(image):
    return {"offset": image.nbt.leaf(1).ib, "id": image.nbt.leaf(1).bid}
