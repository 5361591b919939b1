"""The text of a message is in a subnode that is not there."""

from problems import MESSAGES, store

PROBLEM = "PC_VALUE_MISSING"
EXPECT = ["PC_VALUE_MISSING"]
FOLLOWS = []
BODY = 0x1000


def damage(draft):
    draft.remove(MESSAGES[1], draft.pc(MESSAGES[1]).get(BODY)[2])
    draft.weigh(MESSAGES[1])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    pc = image.pc(MESSAGES[1])
    return {"nid": MESSAGES[1], "tag": pc.tag(BODY), "found": pc.get(BODY)[2]}
