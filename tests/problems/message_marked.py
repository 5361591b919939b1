"""A message says that it is not whole, in the property in which a repair says so."""

import struct

from image import format as F
from problems import MESSAGES, store

EXPECT = ["MESSAGE_MARKED"]
FOLLOWS = []
NAMES, SETS, ENTRIES, TEXTS, BUCKETS = 0x61, 0x0002_0102, 0x0003_0102, 0x0004_0102, 251
OURS = bytes.fromhex("2e5f1d7a4b6c0a4e9b1f3d2c8e5a7f10")
PROPERTY = 0x8004           # behind the four names that these stores have


def add_name(pc, text):
    """Behind the names that the map has."""
    streams = {prop: pc.value(raw) for prop, _, raw in pc.records() if prop in (2, 3, 4)}
    raw, count = text.encode("utf-16-le"), len(streams[3]) // 8
    word, bucket = (len(streams[2]) // 16 + 3) << 1 | 1, F.weak_crc(raw)
    added = {SETS: streams[2] + OURS, ENTRIES: streams[3] + struct.pack("<IHH", len(streams[4]), word, count),
             TEXTS: streams[4] + struct.pack("<I", len(raw)) + raw.ljust(F.ceil_to(len(raw), 4), b"\0"),
             (0x1000 + (bucket ^ word) % BUCKETS) << 16 | 0x0102: struct.pack("<IHH", bucket, word, count)}
    for tag, value in added.items():
        if tag >> 16 in streams:
            pc.remove(tag >> 16)
        pc.add_property(tag, value)


def damage(draft):
    add_name(draft.pc(NAMES), "pstfix-damage")
    text = "property 0x1000: gone".encode(draft.format.encoding)
    draft.pc(MESSAGES[0]).add_property(PROPERTY << 16 | draft.format.string, text)
    draft.weigh(MESSAGES[0])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[0], "tag": PROPERTY << 16 | image.format.string}
