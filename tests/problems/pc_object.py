"""An attachment is a message that is not there."""

from problems import EMBEDDED, EMBEDDING, IN_EMBEDDED, MESSAGES, store

EXPECT = ["PC_OBJECT"]
FOLLOWS = []


def damage(draft):
    draft.remove(*IN_EMBEDDED)
    draft.weigh(MESSAGES[4])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[4], "sub": EMBEDDING, "tag": 0x3701_000D, "found": EMBEDDED}
