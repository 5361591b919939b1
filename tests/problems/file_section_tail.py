"""The header is zero, and something that is no part of the store follows its last section: the file does not grow for it."""

from problems import store

PROBLEM = "FILE_SECTION"
EXPECT = ["HEADER_MAGIC", "FILE_SECTION"]


def build(fmt):
    image = store(fmt)
    image.header.zero()
    image.append(b"x" * 1000)
    return image.sealed()


def place(image):
    return {"found": image.store.size + 1000, "expected": image.store.size}
