"""The map from the ids of a server to the messages of a folder has keys of 4 bytes, not of 8.  Only OSTs have it."""

from problems import FOLDER, store, table

PROBLEM = "BTH_HEADER"
STORE = dict(server_ids=True)
FORMATS = ("unicode4k",)
EXPECT = ["BTH_HEADER"]
FOLLOWS = []
NODE = table(FOLDER, 0x14)


def build(fmt):
    return store(fmt, lambda draft: draft.heap(NODE).edit_item(0x20, 1, b"\4"), **STORE).sealed()


def place(image):
    return {"nid": NODE}
