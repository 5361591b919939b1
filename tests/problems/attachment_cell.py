"""An attachment has another name in the table of its message."""

from problems import ATTACHMENT, ATTACHMENTS, MESSAGES, store

EXPECT = ["ATTACHMENT_CELL"]
FOLLOWS = []
NAME = 0x3704


def damage(draft):
    draft.table(MESSAGES[0], ATTACHMENTS).set_text(ATTACHMENT, NAME, "other.bin")
    draft.weigh(MESSAGES[0])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[0], "found": ATTACHMENT, "tag": NAME << 16 | image.format.string}
