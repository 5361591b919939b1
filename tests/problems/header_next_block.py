"""bidNextB is the id of the newest block: the next write would use it again."""

from problems import store

EXPECT = ["HEADER_NEXT_BLOCK"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.header.bidNextB = max(image.store.blocks) & ~3
    return image.sealed()


def place(image):
    newest = max(image.store.blocks) & ~3
    return {"offset": image.format.header["bidNextB"][0], "found": newest, "expected": newest}
