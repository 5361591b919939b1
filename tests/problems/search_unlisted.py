"""A search folder is not in the list of active searches."""

import struct

from problems import SPAM, store

STORE = dict(search=True)
EXPECT = ["SEARCH_UNLISTED"]
FOLLOWS = []
SEARCH_FOLDER, NODE = 0x80023, 0x201


def build(fmt):
    return store(fmt, lambda draft: draft.write((NODE,), struct.pack("<I", SPAM)), **STORE).sealed()


def place(image):
    return {"nid": SEARCH_FOLDER}
