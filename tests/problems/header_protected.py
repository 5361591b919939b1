"""Windows encrypted the contents; here only the header says so, which no reader can tell."""

from problems import store

STORE = dict(crypt=0)
EXPECT = ["HEADER_PROTECTED"]
FOLLOWS = []
REMAINS = ["header"]        # a method that the independent reader does not know


def build(fmt):
    image = store(fmt, **STORE)
    image.header.bCryptMethod = 0x10
    return image.sealed()
