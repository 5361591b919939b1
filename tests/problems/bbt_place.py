"""An entry of the block index leads to free space; the block is where it always was."""

from problems import free_place, message, store

EXPECT = ["BBT_PLACE"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.bbt.set(image.node(message(image)).data, ib=free_place(image))
    return image.sealed()


def place(image):
    return {"offset": image.node_block(message(image)).ib, "found": free_place(image)}
