"""A leaf of the node index is lost; a newer one, of work that was never committed but that the allocation map knows already,
names a message there with the block of another."""

from image import format as F
from problems import free_place, message, store

PROBLEM = "NBT_PAGE"
EXPECT = ["NBT_PAGE"]
FOLLOWS = ["NBT_TIED", "NBT_RANGE_OPEN", "AMAP_LEAK"]


def leaf(image):
    return image.nbt.find(message(image))[0]


def build(fmt):
    image = store(fmt)
    f, ib = image.format, free_place(image)
    (page, i), other = image.nbt.find(message(image)), image.node(message(image, 1)).data
    page.set(i, data=other)
    body = page.raw[:f.page_data]
    image.write(ib, body + F.page_trailer(f, F.NBT, ib, image.header.bidNextP, body))
    image.amap().set_range(ib, f.page, 1)
    image.header.cbAMapFree -= f.page
    page.zero()
    return image.sealed()


def place(image):
    return {"id": leaf(image).bid}
