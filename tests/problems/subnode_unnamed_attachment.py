"""An attachment inside an embedded message has a subnode for a long value that no property names."""

from problems import EMBEDDED_ATTACHMENT, IN_EMBEDDED, MESSAGES, at, store

PROBLEM = "SUBNODE_UNNAMED"
EXPECT = ["SUBNODE_UNNAMED"]
FOLLOWS = []


def damage(draft):
    draft.add((*IN_EMBEDDED, EMBEDDED_ATTACHMENT, draft.new_nid(0x1F)), b"left over")
    draft.weigh(MESSAGES[4])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {**at(*IN_EMBEDDED, EMBEDDED_ATTACHMENT), "found": image.header.rgnid[0x1F] + 1 << 5 | 0x1F}
