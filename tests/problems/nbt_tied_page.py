"""A page of the node index lacks the entry for one of its leaves, its checksum is right: nothing leads to the leaf, whose
nodes' blocks lack just the references that it names."""

from problems import store

PROBLEM = "NBT_TIED"
EXPECT = ["NBT_TIED", "AMAP_LEAK"]
COUNTS = {"NBT_TIED": 5}


def above(image):
    return next(page for page in image.nbt.interior if len(page) > 2 and page.get(0)["ib"] in {leaf.ib for leaf in image.nbt.leaves})


def build(fmt):
    image = store(fmt)
    page = above(image)
    page.set_entries([raw for i, raw in enumerate(page.entries) if i != 1])
    return image.sealed()


def place(image):
    gone = above(image).get(1)["ib"]
    leaf = next(leaf for leaf in image.nbt.leaves if leaf.ib == gone)
    return [{"nid": leaf.get(i)["key"]} for i in range(len(leaf))]
