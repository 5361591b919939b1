"""The row index of an attachment table names an attachment; its row says that it is another's."""

from problems import ATTACHMENT, ATTACHMENTS, EMBEDDING, MESSAGES, store

PROBLEM = "TC_ROW_ID"
EXPECT = ["TC_ROW_ID"]
FOLLOWS = []


def damage(draft):
    draft.table(MESSAGES[0], ATTACHMENTS).set_number(ATTACHMENT, 0x67F2, EMBEDDING)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[0], "sub": ATTACHMENTS, "count": 1}
