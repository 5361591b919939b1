"""A leaf of the node index lacks an entry, its checksum is right: the counts of its blocks tell that something is gone, and
the table of its folder which message that is."""

from problems import message, store

PROBLEM = "NBT_TIED"
EXPECT = ["NBT_TIED"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.nbt.remove(message(image, 1))
    return image.sealed()


def place(image):
    return {"nid": message(image, 1), "id": image.node_block(message(image, 1)).bid}
