"""The map of item ids has an entry for a message that does not exist, another for one that does, and one of a purged
item, which keeps NID 0."""

from problems import MESSAGES, store

EXPECT = ["MAP_ALONE"]
FOLLOWS = []


def damage(draft):
    ids = draft.heap(0xC01).tree(0x40)
    nids = 0, MESSAGES[0], 0x2FFF04
    ids.put([(key, nid.to_bytes(4, "little")) for key, nid in enumerate(nids, 1)])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": 0xC01, "count": 1}
