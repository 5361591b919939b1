"""256 KiB of something else were written behind the end."""

import random

from problems import store

EXPECT = ["FILE_LONG"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.append(random.Random(1).randbytes(1 << 18))
    return image.sealed()


def place(image):
    return {"offset": len(image.data), "size": 1 << 18}
