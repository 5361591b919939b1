"""The free page map of a file past 1.94 GiB has lost a bit, at both of the places where readers look for it.

ANSI files end before, and files with 4 KiB pages have no such maps."""

from image import builder
from image import format as F
from problems import SMALL

LARGE = True
FORMATS = ("unicode",)
EXPECT = ["FPMAP_PAGE"]
FOLLOWS = []
PLACE = F.UNICODE.amap(8192) + 0x400


def build(fmt, path):
    builder.store(fmt, **SMALL, sections=8193, save=path)
    with open(path, "r+b") as file:
        for at in (PLACE, PLACE + 0x200):
            file.seek(at + 7)
            file.write(b"\x7f")


def place(image):
    return {"offset": PLACE}
