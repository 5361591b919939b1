"""Pages above the leaves of the block index are lost; a leaf of work that was never committed, but that the allocation map
knows already, names a block where there is none."""

from image import format as F
from problems import free_place, store

PROBLEM = "BBT_PAGE"
EXPECT = ["BBT_PAGE"]
COUNTS = {"ansi": {"BBT_PAGE": 4}, "unicode": {"BBT_PAGE": 4}, "unicode4k": {"BBT_PAGE": 3}}
FOLLOWS = ["AMAP_LEAK"]


def above(image):
    return [page for page in image.bbt.interior if page.level == 1]


def build(fmt):
    image = store(fmt)
    f, leaf, ib = image.format, image.bbt.leaf(3), free_place(image)
    before = leaf.raw
    leaf.set(0, ib=ib + f.page)
    body = leaf.raw[:f.page_data]
    image.write(ib, body + F.page_trailer(f, F.BBT, ib, image.header.bidNextP, body))
    image.amap().set_range(ib, f.page, 1)
    image.header.cbAMapFree -= f.page
    leaf.write_raw(0, before)
    for page in above(image):
        page.zero()
    return image.sealed()


def place(image):
    return [{"offset": page.ib, "id": page.bid} for page in above(image)]
