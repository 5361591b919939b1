"""A message's entry has the blocks of another message, and nothing is left of its own."""

from problems import message, store

EXPECT = ["NODE_CROSSED", "BBT_REFS", "AMAP_LEAK"]
COUNTS = {"BBT_REFS": 3, "NODE_CROSSED": 2}
FOLLOWS = ["MESSAGE_CELL", "MESSAGE_CELL_SIZE"]
ONE, OTHER = 0, 1


def build(fmt):
    image = store(fmt)
    one, other = (image.node(message(image, i)) for i in (ONE, OTHER))
    image.nbt.set(message(image, ONE), data=other.data, sub=other.sub)
    image.block(one.data).zero()
    image.bbt.remove(one.data)
    return image.sealed()


def place(image):
    return [{"nid": message(image, i), "id": image.node(message(image, OTHER)).data} for i in (ONE, OTHER)]
