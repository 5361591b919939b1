"""The flags of an embedded message say that it has no attachments; it has one."""

from problems import IN_EMBEDDED, at, store

PROBLEM = "MESSAGE_FLAG"
EXPECT = ["MESSAGE_FLAG"]
FOLLOWS = []
FLAGS = 0x0E07


def damage(draft):
    flags = draft.pc(*IN_EMBEDDED).get(FLAGS)[2]
    draft.pc(*IN_EMBEDDED).change(FLAGS, raw=flags & ~0x10)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {**at(*IN_EMBEDDED), "found": 0, "expected": 1}
