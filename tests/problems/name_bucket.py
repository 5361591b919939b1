"""A named property is in another hash bucket than its name belongs to: the bucket has another id."""

from problems import store

EXPECT = ["NAME_BUCKET"]
FOLLOWS = []
PROPERTY = 0x8002


def bucket_of(source, named):
    """The property that is the hash bucket of a named one."""
    pc = source.pc(0x61)
    values = {prop: pc.value(raw) for prop, _, raw in pc.records() if prop >= 0x1000}
    return next(prop for prop, value in values.items() if value[6] == named - 0x8000)


def damage(draft):
    pc = draft.pc(0x61)
    taken = {prop for prop, _, _ in pc.records()}
    pc.change(bucket_of(draft, PROPERTY), name=min(set(range(0x1000, 0x10FB)) - taken))


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": 0x61, "tag": PROPERTY << 16, "expected": bucket_of(image, PROPERTY)}
