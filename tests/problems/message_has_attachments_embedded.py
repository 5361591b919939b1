"""PidTagHasAttachments of a message in an attachment says that it has none; it has one, and that is not hidden.  The
message around it says the same of its only attachment, which is hidden: that is as it should be."""

from problems import IN_EMBEDDED, MESSAGES, at, store

PROBLEM = "MESSAGE_HAS_ATTACHMENTS"
EXPECT = ["MESSAGE_HAS_ATTACHMENTS"]
FOLLOWS = []


def damage(draft):
    draft.pc(*IN_EMBEDDED).add_property(0x0E1B_000B, b"\0")
    draft.pc(*IN_EMBEDDED[:2]).add_property(0x7FFE_000B, b"\1")
    draft.pc(MESSAGES[4]).add_property(0x0E1B_000B, b"\0")
    draft.weigh(MESSAGES[4])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {**at(*IN_EMBEDDED), "found": 0, "expected": 1}
