"""The key in a page above is not the first of its child, though both pages are proven: 'btkeyMin mismatch'."""

from problems import store

EXPECT = ["BBT_KEY"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    page = image.bbt.interior[1]
    page.set(1, key=page.get(1)["key"] - 1)
    return image.sealed()


def place(image):
    child = image.bbt.interior[1].get(1)
    return {"offset": child["ib"], "id": child["bid"], "found": child["key"], "expected": child["key"] - 1}
