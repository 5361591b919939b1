"""A message has a subnode for a long value that no property names."""

from problems import MESSAGES, store

EXPECT = ["SUBNODE_UNNAMED"]
FOLLOWS = []


def damage(draft):
    draft.add((MESSAGES[0], draft.new_nid(0x1F)), b"left over")
    draft.weigh(MESSAGES[0])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[0], "found": image.header.rgnid[0x1F] + 1 << 5 | 0x1F}
