"""The sender of a message in the side heap of a contents table, subnode 0x541, is not that of the message: only OSTs
have side heaps."""

from problems import FOLDER, MESSAGES, store, table

PROBLEM = "MESSAGE_CELL"
FORMATS = ("unicode4k",)
EXPECT = ["MESSAGE_CELL"]
FOLLOWS = []
NODE, SENDER = table(FOLDER, 0x0E), 0x0042


def damage(draft):
    hid = int.from_bytes(draft.table(NODE).cell(MESSAGES[2], SENDER), "little")
    draft.heap(NODE, 0x541).set(hid, "Somebody".encode("utf-16-le"))


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[2], "expected": NODE, "tag": 0x0042_001F}
