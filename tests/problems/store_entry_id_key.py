"""The entry id of the search root has the record key of another store.  OSTs have no such entry ids."""

from problems import SEARCH, store

PROBLEM = "STORE_ENTRY_ID"
FORMATS = ("ansi", "unicode")
EXPECT = ["STORE_ENTRY_ID"]
FOLLOWS = []


def damage(draft):
    pc = draft.pc(0x21)
    pc.edit_item(pc.get(0x35E7)[2], 4, bytes(16))


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": 0x21, "tag": 0x35E7_0102, "found": SEARCH}
