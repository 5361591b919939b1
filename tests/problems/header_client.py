"""wMagicClient is neither that of a PST nor that of an OST or PAB."""

from problems import store

EXPECT = ["HEADER_CLIENT"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.header.wMagicClient = b"XY"
    return image.sealed()


def place(image):
    return {"offset": 8, "found": int.from_bytes(b"XY", "little")}
