"""Where a message's table of recipients should be, there is a heap of another client."""

from problems import MESSAGES, RECIPIENTS, store

EXPECT = ["RECIPIENTS_UNREADABLE"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.heap(MESSAGES[0], RECIPIENTS).edit(3, b"\xbc")).sealed()


def place(image):
    return {"nid": MESSAGES[0], "sub": RECIPIENTS}
