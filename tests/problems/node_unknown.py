"""A node of its own has the type of attachments, which are in messages."""

from problems import store

EXPECT = ["NODE_UNKNOWN"]
FOLLOWS = []
NODE, RECIPIENTS = 0x4025, 0x692


def build(fmt):
    return store(fmt, lambda draft: draft.add((NODE,), draft.parts(RECIPIENTS))).sealed()


def place(image):
    return {"nid": NODE, "found": 5}
