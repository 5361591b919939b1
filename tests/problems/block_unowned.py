"""The leaf of the node index that names the messages is lost; their blocks are there, but whose are they?"""

from problems import message, store

EXPECT = ["NBT_PAGE"]


def build(fmt):
    image = store(fmt)
    image.nbt.find(message(image))[0].flip(8)
    return image.sealed()


def place(image):
    return {"offset": image.nbt.find(message(image))[0].ib}
