"""A leaf of the node index lacks an entry, its checksum is right: the counts of its blocks tell that something is
gone, and the table of its folder which message that is."""

from problems import message, store

PROBLEM = "BLOCK_UNOWNED"
EXPECT = ["BLOCK_UNOWNED", "MESSAGE_ROW_ALONE", "MAP_ALONE"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.nbt.remove(message(image, 1))
    return image.sealed()


def place(image):
    block = image.node_block(message(image, 1))
    return {"offset": block.ib, "id": block.bid, "found": block.cref}
