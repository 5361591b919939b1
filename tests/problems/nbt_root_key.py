"""Header and root of the node index are zero, and the newest page that is left gives a key of 0 to a child in its
middle. It seems to reach as far as all others, but its children do not: it is not the root."""

from problems import store

PROBLEM = "HEADER_MAGIC"
EXPECT = ["HEADER_MAGIC"]


def build(fmt):
    image = store(fmt)
    newest = max((page for page in image.nbt.interior if page.ib != image.nbt.root.ib), key=lambda page: page.bid)
    newest.set(1, key=0)
    image.nbt.root.zero()
    image.header.zero()
    return image.sealed()
