"""Bytes were put in between two blocks: what lies behind has moved."""

from problems import store

PROBLEM = "CONTENT_MOVED"
EXPECT = ["CONTENT_MOVED"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    data = bytes(image.sealed())
    places = sorted(block.ib for block in image.store.blocks.values())
    at = places[len(places) // 2]
    return data[:at] + b"\xA5" * 777 + data[at:]
