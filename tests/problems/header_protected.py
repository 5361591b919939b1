"""Windows encrypted the contents: the header says so, and no block begins like a heap."""

from problems import store

STORE = dict(crypt=0)
EXPECT = ["HEADER_PROTECTED"]
FOLLOWS = []
REMAINS = ["header"]        # a method that the independent reader does not know


def encrypt(image):
    for bid in image.store.blocks:
        block = image.block(bid)
        if not bid & 2:
            block.write(bytes(byte ^ bid & 0xFF ^ 0x5A for byte in block.data))
    image.header.bCryptMethod = 0x10
    return image


def build(fmt):
    return encrypt(store(fmt, **STORE)).sealed()
