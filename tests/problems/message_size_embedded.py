"""An embedded message says that it has no bytes."""

from problems import EMBEDDED, IN_EMBEDDED, MESSAGES, store

PROBLEM = "MESSAGE_SIZE"
EXPECT = ["MESSAGE_SIZE"]
FOLLOWS = []
SIZE = 0x0E08


def build(fmt):
    return store(fmt, lambda draft: draft.pc(*IN_EMBEDDED).change(SIZE, raw=0)).sealed()


def place(image):
    return {"nid": MESSAGES[4], "sub": EMBEDDED, "found": 0, "expected": image.pc(*IN_EMBEDDED).get(SIZE)[2]}
