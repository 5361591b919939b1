"""The density list, its checksum right, says less of a section than its map.

In files with 4 KiB pages a list with entries has never been seen, nor would their counts fit."""

import struct

from problems import store

STORE = dict(sections=3)
FORMATS = ("ansi", "unicode")
EXPECT = ["DLIST_ENTRY"]
FOLLOWS = []


def build(fmt):
    image = store(fmt, **STORE)
    entry, = struct.unpack_from("<I", image.dlist.raw, 8)
    image.dlist.edit(8, struct.pack("<I", entry - (1 << 20)))
    return image.sealed()


def place(image):
    entry, = struct.unpack_from("<I", image.dlist.raw, 8)
    free = entry >> 20
    return {"offset": image.amap(entry & 0xFFFFF).ib, "found": free - 1, "expected": free}
