"""An attachment says that it is three times as large as it is; its row says the same."""

from problems import ATTACHMENT, ATTACHMENTS, MESSAGES, store

EXPECT = ["ATTACHMENT_SIZE"]
FOLLOWS = []
SIZE = 0x0E20


def damage(draft):
    size = 3 * draft.pc(MESSAGES[0], ATTACHMENT).get(SIZE)[2]
    draft.pc(MESSAGES[0], ATTACHMENT).change(SIZE, raw=size)
    draft.table(MESSAGES[0], ATTACHMENTS).set_number(ATTACHMENT, SIZE, size)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    size = image.pc(MESSAGES[0], ATTACHMENT).get(SIZE)[2]
    return {"nid": MESSAGES[0], "sub": ATTACHMENT, "found": 3 * size, "expected": size}
