"""The class of a message is said to be bytes, not text: readers that ask for text find none."""

from problems import MESSAGES, store

EXPECT = ["PC_TYPE_WRONG"]
FOLLOWS = []
CLASS, BYTES = 0x001A, 0x0102


def build(fmt):
    return store(fmt, lambda draft: draft.pc(MESSAGES[0]).change(CLASS, kind=BYTES)).sealed()


def place(image):
    return {"nid": MESSAGES[0], "tag": CLASS << 16 | BYTES, "found": BYTES, "expected": image.format.string}
