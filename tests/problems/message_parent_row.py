"""The node index says that the parent of a message is another message.  The table of its folder still has a row for
it."""

from problems import MESSAGES, store

PROBLEM = "MESSAGE_PARENT"
EXPECT = ["MESSAGE_PARENT", "MESSAGE_ROW_ALONE"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.set_parent(MESSAGES[1], MESSAGES[0])).sealed()


def place(image):
    return {"nid": MESSAGES[1], "found": MESSAGES[0]}
