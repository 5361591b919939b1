"""An old client's free map promises a run of 200 units in a section that is full.  Files with 4 KiB pages have none."""

from problems import store

STORE = dict(attachment_size=300_000)
FORMATS = ("ansi", "unicode")
EXPECT = ["FMAP_BYTES"]
FOLLOWS = []


def build(fmt):
    image = store(fmt, **STORE)
    image.header.rgbFM = b"\xc8" + image.header.rgbFM[1:]
    return image.sealed()


def place(image):
    return {"offset": image.amap(0).ib, "found": 200}
