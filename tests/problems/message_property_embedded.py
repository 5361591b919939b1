"""An embedded message does not say when it was made."""

from problems import IN_EMBEDDED, MESSAGES, at, store

PROBLEM = "MESSAGE_PROPERTY"
EXPECT = ["MESSAGE_PROPERTY"]
FOLLOWS = []
CREATED = 0x3007


def damage(draft):
    draft.pc(*IN_EMBEDDED).remove(CREATED)
    draft.weigh(MESSAGES[4])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {**at(*IN_EMBEDDED), "tag": 0x3007_0040}
