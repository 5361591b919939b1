"""In an embedded message, the table of attachments has another size for one."""

from problems import ATTACHMENTS, EMBEDDED_ATTACHMENT, IN_EMBEDDED, MESSAGES, store

PROBLEM = "ATTACHMENT_CELL"
EXPECT = ["ATTACHMENT_CELL"]
FOLLOWS = []


def damage(draft):
    draft.table(*IN_EMBEDDED, ATTACHMENTS).set_number(EMBEDDED_ATTACHMENT, 0x0E20, 3)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[4], "found": EMBEDDED_ATTACHMENT, "tag": 0x0E20_0003}
