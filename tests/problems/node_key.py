"""The last key of the node index has a bit beyond 32.  Keys of ANSI files have no such bits."""

from problems import store

FORMATS = ("unicode", "unicode4k")
EXPECT = ["NODE_KEY"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    leaf = image.nbt.leaf(-1)
    leaf.set(len(leaf) - 1, key=leaf.get(len(leaf) - 1)["key"] | 1 << 32)
    return image.sealed()


def place(image):
    leaf = image.nbt.leaf(-1)
    nid = leaf.get(len(leaf) - 1)["key"]
    return {"nid": nid, "found": nid | 1 << 32}
