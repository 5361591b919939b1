"""An embedded message says that it has a third of its bytes."""

from problems import IN_EMBEDDED, at, store

PROBLEM = "MESSAGE_SIZE"
EXPECT = ["MESSAGE_SIZE"]
FOLLOWS = []
SIZE = 0x0E08


def damage(draft):
    draft.pc(*IN_EMBEDDED).change(SIZE, raw=draft.pc(*IN_EMBEDDED).get(SIZE)[2] // 3)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    size = image.pc(*IN_EMBEDDED).get(SIZE)[2]
    return {**at(*IN_EMBEDDED), "found": size // 3, "expected": size}
