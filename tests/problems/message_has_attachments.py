"""PidTagHasAttachments of a message that has one says that it has none; the bit in its flags is right."""

from problems import MESSAGES, store

EXPECT = ["MESSAGE_HAS_ATTACHMENTS"]
FOLLOWS = []


def damage(draft):
    draft.pc(MESSAGES[0]).add_property(0x0E1B_000B, b"\0")
    draft.weigh(MESSAGES[0])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[0], "found": 0, "expected": 1}
