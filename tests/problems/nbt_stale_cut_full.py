"""The header is zero, and the end of the file is missing: what is left is an older state, whole in itself.  The allocation map
counts all space as used, as it does in the middle of a large file."""

from problems import nbt_stale_cut, store

PROBLEM = "NBT_STALE"
STORE = nbt_stale_cut.STORE
EXPECT = ["HEADER_MAGIC", "FILE_SECTION", "NBT_RANGE_LOST", "BBT_UNNAMED"]
COUNTS = {"ansi": {"BBT_UNNAMED": 5}, "unicode": {"BBT_UNNAMED": 7}, "unicode4k": {"BBT_UNNAMED": 5}}
FOLLOWS = ["NBT_STALE", "MESSAGE_ROW_MISSING", "AMAP_LEAK"]
place = nbt_stale_cut.place


def build(fmt):
    image = store(fmt, **STORE)
    image.truncate(image.nbt.root.ib)
    image.amap().set_bits(0, image.format.slots, 1)
    image.header.zero()
    return image.sealed()
