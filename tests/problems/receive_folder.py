"""Messages of all classes go to a folder that does not exist."""

from problems import store

EXPECT = ["RECEIVE_FOLDER"]
FOLLOWS = []
NODE, NOWHERE = 0x62B, 0x9F02


def build(fmt):
    return store(fmt, lambda draft: draft.table(NODE).set_number(1, 0x6605, NOWHERE)).sealed()


def place(image):
    return {"nid": NODE, "found": NOWHERE}
