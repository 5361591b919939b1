"""The count of a folder is said to be text, and there is one in the place where it is said to be.  Counts follow from tables."""

from problems import FOLDER, store

PROBLEM = "PC_TYPE_UNFIT"
EXPECT = ["PC_TYPE_UNFIT"]
FOLLOWS = []
NAME, COUNT = 0x3001, 0x3602


def damage(draft):
    folder = draft.pc(FOLDER)
    folder.change(COUNT, kind=0x001F, raw=folder.get(NAME)[2])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": FOLDER, "tag": COUNT << 16 | 0x001F}
