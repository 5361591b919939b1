"""Name and count of a folder are said to be bytes, and a floating-point number."""

from problems import FOLDER, store

PROBLEM = "PC_TYPE_WRONG"
EXPECT = ["PC_TYPE_WRONG"]
COUNTS = {"PC_TYPE_WRONG": 2}
FOLLOWS = []
NAME, COUNT = 0x3001, 0x3602


def damage(draft):
    draft.pc(FOLDER).change(NAME, kind=0x0102)
    draft.pc(FOLDER).change(COUNT, kind=0x0004)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return [{"nid": FOLDER, "tag": NAME << 16 | 0x0102, "expected": image.format.string},
            {"nid": FOLDER, "tag": COUNT << 16 | 0x0004, "expected": 0x0003}]
