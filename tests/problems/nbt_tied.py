"""The leaf of the node index that names the messages is lost, and no older page names them.  Rows of their folders'
tables stand for them, and agree with what is in the blocks that nothing refers to any more."""

from problems import message, store

EXPECT = ["NBT_PAGE"]
FOLLOWS = ["NBT_TIED", "NBT_RANGE_OPEN", "AMAP_LEAK"]


def build(fmt):
    image = store(fmt)
    image.nbt.find(message(image))[0].zero()
    return image.sealed()


def place(image):
    return {"nid": message(image), "id": image.node_block(message(image)).bid}
