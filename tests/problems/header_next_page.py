"""bidNextP is the id of a page in the middle of the newest tree."""

from problems import store

EXPECT = ["HEADER_NEXT_PAGE"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.header.bidNextP = image.nbt.leaf(2).bid
    return image.sealed()


def place(image):
    newest = max(page.bid for page in image.store.pages)
    return {"offset": image.format.header["bidNextP"][0], "found": image.nbt.leaf(2).bid, "expected": newest}
