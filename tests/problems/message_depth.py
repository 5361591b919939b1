"""A message in a message in a message, and so on: no mail program nests so deep."""

from problems import MESSAGES, store

STORE = dict(embedded=110)
EXPECT = ["MESSAGE_DEPTH"]
FOLLOWS = []
REMAINS = ["subnodes"]      # the independent reader stops earlier


def build(fmt):
    return store(fmt, **STORE).sealed()


def place(image):
    return {"nid": MESSAGES[4]}
