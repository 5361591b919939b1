"""Only 50 of a hundred bytes that were in use were copied: blocks, and the roots behind them, are lost."""

from problems import store

PROBLEM = "FILE_SHORT"
EXPECT = ["FILE_SHORT"]


def build(fmt):
    image = store(fmt)
    last = max(page.ib for page in image.store.pages)
    image.truncate(image.format.first_amap + (last - image.format.first_amap) * 50 // 100)
    return image.sealed()
