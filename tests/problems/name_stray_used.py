"""The entries of the name map end with the first: what is in the hash buckets brings the others back, one of which messages use."""

from problems import store
from problems.name_stray import buckets

PROBLEM = "NAME_STRAY"
EXPECT = ["NAME_STRAY", "NAME_UNKNOWN"]
FOLLOWS = []
COUNTS = {"NAME_STRAY": 3}
ENTRIES, LAST = 0x0003, 0x8003


def damage(draft):
    pc = draft.pc(0x61)
    pc.set_value(ENTRIES, pc.value(pc.get(ENTRIES)[2])[:8])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    lost = [name for name in buckets(image) if 0x8000 < name <= LAST]
    return [{"nid": 0x61, "tag": buckets(image)[name] << 16 | 0x0102, "count": 1} for name in lost]
