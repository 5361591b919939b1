"""The map from the ids of a server to the messages of a folder names a message that does not exist.  Only OSTs have
it."""

from problems import FOLDER, store, table

PROBLEM = "MAP_ALONE"
STORE = dict(server_ids=True)
FORMATS = ("unicode4k",)
EXPECT = ["MAP_ALONE"]
FOLLOWS = []
NODE = table(FOLDER, 0x14)


def damage(draft):
    ids = draft.heap(NODE).tree(0x20)
    ids.put(ids.records() + [((1 << 64) - 1, (0x2FFF00).to_bytes(4, "little"))])


def build(fmt):
    return store(fmt, damage, **STORE).sealed()


def place(image):
    return {"nid": NODE, "count": 1}
