"""A message embedded in a message has an attachment and no table of attachments."""

from problems import ATTACHMENTS, EMBEDDED_ATTACHMENT, IN_EMBEDDED, MESSAGES, store

PROBLEM = "ATTACHMENT_ROW_MISSING"
EXPECT = ["ATTACHMENT_ROW_MISSING"]
FOLLOWS = []


def damage(draft):
    draft.remove(*IN_EMBEDDED, ATTACHMENTS)
    draft.weigh(MESSAGES[4])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[4], "found": EMBEDDED_ATTACHMENT}
