"""An attachment has no row in the table of its message."""

from problems import ATTACHMENT, ATTACHMENTS, MESSAGES, store

EXPECT = ["ATTACHMENT_ROW_MISSING"]
FOLLOWS = []


def damage(draft):
    draft.table(MESSAGES[0], ATTACHMENTS).remove_row(ATTACHMENT)
    draft.weigh(MESSAGES[0])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[0], "found": ATTACHMENT}
