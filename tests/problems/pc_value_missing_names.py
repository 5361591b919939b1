"""The name map's stream of entries is in an item of the heap that is not there; its hash buckets have them, too."""

from problems import NO_ITEM, store

PROBLEM = "PC_VALUE_MISSING"
EXPECT = ["PC_VALUE_MISSING"]
FOLLOWS = []
ENTRIES = 3


def build(fmt):
    return store(fmt, lambda draft: draft.pc(0x61).change(ENTRIES, raw=NO_ITEM)).sealed()


def place(image):
    return {"nid": 0x61, "tag": image.pc(0x61).tag(ENTRIES), "found": NO_ITEM}
