"""PidTagHasAttachments of a message without any says that it has some; the bit in its flags is right."""

from problems import MESSAGES, store

PROBLEM = "MESSAGE_HAS_ATTACHMENTS"
EXPECT = ["MESSAGE_HAS_ATTACHMENTS"]
FOLLOWS = []


def damage(draft):
    draft.pc(MESSAGES[1]).add_property(0x0E1B_000B, b"\1")
    draft.weigh(MESSAGES[1])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[1], "found": 1, "expected": 0}
