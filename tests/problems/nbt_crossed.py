"""A message's entry has the blocks of another message; its row tells which are its own."""

from problems import message, store

EXPECT = ["NBT_CROSSED"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    other = image.node(message(image, 1))
    image.nbt.set(message(image, 2), data=other.data, sub=other.sub)
    return image.sealed()


def place(image):
    one, other = (image.node(message(image, i)) for i in (2, 1))
    return {"nid": message(image, 2), "id": one.data, "found": other.data}
