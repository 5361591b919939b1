"""The bytes of an attachment are in a subnode that is not there.  How large its properties are cannot be known."""

from problems import ATTACHMENT, MESSAGES, store

PROBLEM = "PC_VALUE_MISSING"
EXPECT = ["PC_VALUE_MISSING"]
FOLLOWS = []
DATA = 0x3701


def damage(draft):
    draft.remove(MESSAGES[0], ATTACHMENT, draft.pc(MESSAGES[0], ATTACHMENT).get(DATA)[2])
    draft.weigh(MESSAGES[0])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    pc = image.pc(MESSAGES[0], ATTACHMENT)
    return {"nid": MESSAGES[0], "sub": ATTACHMENT, "tag": pc.tag(DATA), "found": pc.get(DATA)[2]}
