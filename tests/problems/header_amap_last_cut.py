"""ibAMapLast is garbage, and a copy stopped a little before the end of the file: neither hides the other."""

from problems import store

PROBLEM = "HEADER_AMAP_LAST"
EXPECT = ["FILE_SHORT", "HEADER_AMAP_LAST"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    image.header.ibAMapLast = 0x7FFFFFFF
    image.truncate(len(image.data) - 0x1000)
    return image.sealed()


def place(image):
    return {"found": 0x7FFFFFFF, "expected": image.header.ibAMapLast}
