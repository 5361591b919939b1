"""ibFileEof ends inside a section, though the file does not."""

from problems import store

EXPECT = ["HEADER_END"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.header.ibFileEof -= 0x1000
    return image.sealed()


def place(image):
    return {"found": image.header.ibFileEof - 0x1000, "expected": image.header.ibFileEof}
