"""A message's table of attachments names one that is not there."""

from problems import ATTACHMENT, ATTACHMENTS, MESSAGES, store

EXPECT = ["ATTACHMENT_ROW_ALONE"]
FOLLOWS = []
NOWHERE = ATTACHMENT + 32 * 50


def damage(draft):
    draft.table(MESSAGES[0], ATTACHMENTS).add_row(NOWHERE, draft.new_version(), like=ATTACHMENT)
    draft.weigh(MESSAGES[0])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[0], "found": NOWHERE}
