"""The current leaf that names a message is lost; an older one, in free space, still names its first version."""

from problems import store

STORE = dict(stale=True)
EXPECT = ["NBT_PAGE"]


def build(fmt):
    image = store(fmt, **STORE)
    image.nbt.find(image.stale.changed)[0].zero()
    return image.sealed()


def place(image):
    return {"offset": image.nbt.find(image.stale.changed)[0].ib}
