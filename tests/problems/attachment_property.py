"""An attachment has no rendering position, nor has its row."""

from problems import ATTACHMENT, ATTACHMENTS, MESSAGES, store

EXPECT = ["ATTACHMENT_PROPERTY"]
FOLLOWS = []
POSITION = 0x370B


def damage(draft):
    draft.pc(MESSAGES[0], ATTACHMENT).remove(POSITION)
    draft.table(MESSAGES[0], ATTACHMENTS).set_cell(ATTACHMENT, POSITION, None)
    draft.weigh(MESSAGES[0])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[0], "sub": ATTACHMENT, "tag": 0x370B_0003}
