"""The header takes a page above the leaves of the node index for its root, which is one level up: what the others name
would not be there."""

from problems import store

PROBLEM = "NBT_ROOT"
EXPECT = ["NBT_ROOT"]


def page(image):
    return next(page for page in image.nbt.interior if page.ib != image.nbt.root.ib)


def build(fmt):
    image = store(fmt)
    image.header.set(**{"nbt.bid": page(image).bid, "nbt.ib": page(image).ib})
    return image.sealed()


def place(image):
    return {"id": page(image).bid, "offset": page(image).ib}
