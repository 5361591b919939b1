"""ROOT is zero under a right checksum, and the counters are too low: a header like that says nothing of what was committed."""

from problems import store

PROBLEM = "HEADER_NEXT_PAGE"
EXPECT = ["NBT_ROOT", "BBT_ROOT", "HEADER_END", "HEADER_NEXT_PAGE", "HEADER_NEXT_BLOCK"]


def build(fmt):
    image = store(fmt)
    image.header.set(**{name: 0 for name in ("ibFileEof", "ibAMapLast", "nbt.bid", "nbt.ib", "bbt.bid", "bbt.ib")})
    image.header.bidNextP -= 6
    image.header.bidNextB -= 24
    return image.sealed()
