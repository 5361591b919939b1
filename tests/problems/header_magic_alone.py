"""Of header, maps and indexes only leaves of the node index are left: blocks must prove themselves."""

from problems import store

PROBLEM = "HEADER_MAGIC"
EXPECT = {fmt: ["HEADER_MAGIC", "AMAP_PAGE", "DLIST_PAGE"] + more
          for fmt, more in (("ansi", ["PMAP_PAGE"]), ("unicode", ["PMAP_PAGE"]), ("unicode4k", []))}
FOLLOWS = ["BBT_UNNAMED", "NBT_RANGE_OPEN"]


def build(fmt):
    image = store(fmt)
    image.zero(0, image.format.maps(0)[-1][1] + image.format.page)
    for page in image.bbt.pages + image.nbt.interior:
        page.zero()
    return image.sealed()
