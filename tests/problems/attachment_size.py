"""An attachment counts only its data, not its other properties; its row says the same."""

from problems import ATTACHMENT, ATTACHMENTS, MESSAGES, store

EXPECT = ["ATTACHMENT_SIZE"]
FOLLOWS = []
SIZE, DATA = 0x0E20, 0x3701


def damage(draft):
    pc = draft.pc(MESSAGES[0], ATTACHMENT)
    size = len(pc.value(pc.get(DATA)[2]))
    pc.change(SIZE, raw=size)
    draft.table(MESSAGES[0], ATTACHMENTS).set_number(ATTACHMENT, SIZE, size)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    pc = image.pc(MESSAGES[0], ATTACHMENT)
    return {"nid": MESSAGES[0], "sub": ATTACHMENT, "found": len(pc.value(pc.get(DATA)[2])), "expected": pc.get(SIZE)[2]}
