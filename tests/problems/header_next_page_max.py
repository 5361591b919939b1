"""The next page id is the highest there is.  The density list still has the id that was next when it was written."""

from image import format as F
from problems import store

PROBLEM = "HEADER_NEXT_PAGE"
EXPECT = ["HEADER_NEXT_PAGE"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    f, page = image.format, image.dlist
    body = page.raw[:f.page_data]
    page.write_raw(0, body + F.page_trailer(f, F.DLIST, page.ib, image.header.bidNextP + 5, body))
    image.header.bidNextP = (1 << 8 * image.format.word) - 1
    return image.sealed()


def place(image):
    return {"expected": image.header.bidNextP + 4}
