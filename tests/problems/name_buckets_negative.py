"""The number of hash buckets has its highest bit set: it is told as it stands, not as one that is missing."""

from problems import store

PROBLEM = "NAME_BUCKETS"
EXPECT = ["NAME_BUCKETS"]
FOLLOWS = []
COUNT, NUMBER = 0x0001, 0x800000FB


def damage(draft):
    draft.pc(0x61).change(COUNT, raw=NUMBER)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": 0x61, "tag": COUNT << 16 | 3, "found": NUMBER, "expected": 251}
