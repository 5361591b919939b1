"""A hash bucket of the name map has an entry for a property that there is not."""

import struct

from problems import store
from problems.name_stray import buckets

PROBLEM = "NAME_STRAY"
EXPECT = ["NAME_STRAY"]
FOLLOWS = []
NAME, NOWHERE = 0x8000, 0x0777


def damage(draft):
    pc = draft.pc(0x61)
    prop = buckets(draft)[NAME]
    pc.set_value(prop, pc.value(pc.get(prop)[2]) + struct.pack("<IHH", 0x8501, 6, NOWHERE))


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": 0x61, "tag": buckets(image)[NAME] << 16 | 0x0102, "count": 1}
