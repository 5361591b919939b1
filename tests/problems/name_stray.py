"""A named property is in the hash bucket of another one as well as in its own."""

from problems import store

EXPECT = ["NAME_STRAY"]
FOLLOWS = []
NAME, OTHER = 0x8002, 0x8000


def buckets(source):
    """{named property: hash bucket}"""
    pc = source.pc(0x61)
    return {0x8000 + pc.value(raw)[6]: prop for prop, _, raw in pc.records() if prop >= 0x1000}


def damage(draft):
    pc, of = draft.pc(0x61), buckets(draft)
    other = pc.value(pc.get(of[OTHER])[2])
    pc.set_value(of[OTHER], other + pc.value(pc.get(of[NAME])[2]))


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": 0x61, "tag": buckets(image)[OTHER] << 16 | 0x0102, "count": 1}
