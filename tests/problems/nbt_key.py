"""The key in a page above is not the first of its child, though both pages are proven: 'btkeyMin mismatch'."""

from problems import store

EXPECT = ["NBT_KEY"]
FOLLOWS = []


def link(image):
    """A page between root and leaves, and a link whose key can be lowered without a node getting lost."""
    page = image.nbt.interior[1]
    return page, next(i for i in range(1, len(page)) if page.get(i)["key"] - 1 not in image.store.nodes)


def build(fmt):
    image = store(fmt)
    page, i = link(image)
    page.set(i, key=page.get(i)["key"] - 1)
    return image.sealed()


def place(image):
    page, i = link(image)
    child = page.get(i)
    return {"offset": child["ib"], "id": child["bid"], "found": child["key"], "expected": child["key"] - 1}
