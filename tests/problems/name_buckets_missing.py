"""The name map does not say how many hash buckets it has."""

from problems import store

PROBLEM = "NAME_BUCKETS"
EXPECT = ["NAME_BUCKETS"]
FOLLOWS = []
COUNT = 0x0001


def damage(draft):
    draft.pc(0x61).remove(COUNT)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": 0x61, "tag": COUNT << 16 | 3, "expected": 251}
