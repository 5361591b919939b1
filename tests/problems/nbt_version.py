"""A leaf of the node index is lost, and with it what says which blocks were freed. A row leads to the message as it was last; an
older version, which the superseded leaf names, has the same search key."""

from problems import store

STORE = dict(stale=True)
EXPECT = ["NBT_PAGE", "BBT_PAGE", "BBT_ROOT", "AMAP_PAGE"]
COUNTS = {"ansi": {"BBT_PAGE": 11}, "unicode": {"BBT_PAGE": 12}, "unicode4k": {"BBT_PAGE": 10}}
FOLLOWS = ["NBT_VERSION", "NBT_STALE", "NBT_TIED", "NBT_RANGE_LOST", "HEADER_RGNID", "BBT_UNNAMED", "BBT_REFS", "BLOCK_ORPHAN",
           "NBT_UNTIED", "MESSAGE_PARENT"]      # of a message that was deleted


def build(fmt):
    image = store(fmt, **STORE)
    image.nbt.find(image.stale.changed)[0].zero()
    for page in [*image.bbt.pages, *(image.amap(k) for k in range(image.sections))]:
        page.zero()
    return image.sealed()


def place(image):
    return {"nid": image.stale.changed, "id": image.stale.old[0]}
