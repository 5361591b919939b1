"""The entry of a block that is in use is not in the block index."""

from problems import store

EXPECT = ["BBT_UNNAMED"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.bbt.leaf(1).remove(2)
    return image.sealed()


def place(image):
    entry = image.bbt.leaf(1).get(2)
    return {"offset": entry["ib"], "id": entry["key"]}
