"""The name map says that it has another number of hash buckets than names are spread over."""

from problems import store

EXPECT = ["NAME_BUCKETS"]
FOLLOWS = []
COUNT = 0x0001


def damage(draft):
    draft.pc(0x61).change(COUNT, raw=250)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": 0x61, "tag": COUNT << 16 | 3, "found": 250, "expected": 251}
