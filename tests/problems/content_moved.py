"""Something stands before the store, as in an image of a disk."""

from problems import store

EXPECT = ["CONTENT_MOVED"]
FOLLOWS = []
FRONT = 1000


def build(fmt):
    return b"\xA5" * FRONT + bytes(store(fmt).sealed())


def place(image):
    return {"offset": FRONT, "expected": 0, "found": FRONT, "size": len(image.data)}
