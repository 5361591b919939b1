"""The end of the file is missing, and with it the newest leaves of both indexes; older ones, superseded, are not."""

from problems import store

PROBLEM = "FILE_SHORT"
STORE = dict(stale=True)
EXPECT = ["FILE_SHORT"]


def build(fmt):
    image = store(fmt, **STORE)
    image.truncate(min(page.ib for page in image.nbt.pages if page.bid > image.bbt.root.bid))
    return image.sealed()
