"""An attachment of an embedded message does not say how large it is, nor does its row."""

from problems import ATTACHMENTS, EMBEDDED_ATTACHMENT, IN_EMBEDDED, MESSAGES, at, store

PROBLEM = "ATTACHMENT_PROPERTY"
EXPECT = ["ATTACHMENT_PROPERTY"]
FOLLOWS = []
SIZE = 0x0E20


def damage(draft):
    draft.pc(*IN_EMBEDDED, EMBEDDED_ATTACHMENT).remove(SIZE)
    draft.table(*IN_EMBEDDED, ATTACHMENTS).set_cell(EMBEDDED_ATTACHMENT, SIZE, None)
    draft.weigh(MESSAGES[4])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {**at(*IN_EMBEDDED, EMBEDDED_ATTACHMENT), "tag": 0x0E20_0003}
