"""The map from the ids of a server to folders names one that does not exist.  Only OSTs have it."""

from problems import store

PROBLEM = "MAP_ALONE"
STORE = dict(server_ids=True)
FORMATS = ("unicode4k",)
EXPECT = ["MAP_ALONE"]
FOLLOWS = []
NODE = 0x821


def damage(draft):
    ids = draft.heap(NODE).tree(0x20)
    ids.put(ids.records() + [((1 << 64) - 1, (0x9F00).to_bytes(4, "little"))])


def build(fmt):
    return store(fmt, damage, **STORE).sealed()


def place(image):
    return {"nid": NODE, "count": 1}
