"""A named property is in no hash bucket."""

from problems import store
from problems.name_bucket import bucket_of

PROBLEM = "NAME_BUCKET"
EXPECT = ["NAME_BUCKET"]
FOLLOWS = []
PROPERTY = 0x8001


def damage(draft):
    pc = draft.pc(0x61)
    pc.remove(bucket_of(draft, PROPERTY))


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": 0x61, "tag": PROPERTY << 16, "expected": bucket_of(image, PROPERTY)}
