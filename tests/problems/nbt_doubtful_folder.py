"""One bit of a leaf of the node index has changed: the folder of all others now names a block that there is not."""

from problems import store

PROBLEM = "NBT_PAGE"
EXPECT = ["NBT_PAGE"]
REMAINS = ["reference"]
FOLDER = 0x8022


def build(fmt):
    image = store(fmt)
    leaf, i = image.nbt.find(FOLDER)
    leaf.flip(i * leaf.step + image.format.word + 2)
    return image.sealed()


def place(image):
    return {"offset": image.nbt.find(FOLDER)[0].ib}
