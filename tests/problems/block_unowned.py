"""The leaf of the node index that names the messages is lost; their blocks are there, but whose are they?"""

from problems import message, store

EXPECT = ["NBT_PAGE"]
FOLLOWS = ["NBT_RANGE_LOST", "BLOCK_UNOWNED", "BBT_REFS", "AMAP_LEAK", "FOLDER_TABLE", "MESSAGE_ROW_ALONE"]


def build(fmt):
    image = store(fmt)
    image.nbt.find(message(image))[0].zero()
    return image.sealed()


def place(image):
    block = image.node_block(message(image))
    return {"offset": block.ib, "id": block.bid, "found": block.cref}
