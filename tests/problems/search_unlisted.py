"""The list of active searches lacks one."""

import struct

from problems import SPAM, store

STORE = dict(search=True)
EXPECT = ["SEARCH_UNLISTED"]
FOLLOWS = []


def build(fmt):
    image = store(fmt, search=True)
    others = [nid for nid in image.store.nodes if nid & 31 == 3 and nid != SPAM]
    assert others
    return store(fmt, lambda draft: draft.write((0x201,), struct.pack(f"<{len(others)}I", *others)), search=True).sealed()


def place(image):
    return {"nid": SPAM}
