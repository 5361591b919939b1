"""As after a torn write: the counter of row versions is behind the rows that are there."""

from problems import store

EXPECT = ["HEADER_UNIQUE"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.header.dwUnique = 3
    return image.sealed()


def place(image):
    return {"found": 3, "expected": image.header.dwUnique - 1}
