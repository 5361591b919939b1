"""A folder has no name."""

from problems import FOLDER, TOP, store, table

PROBLEM = "FOLDER_PROPERTY"
EXPECT = ["FOLDER_PROPERTY"]
FOLLOWS = []
NAME = 0x3001


def damage(draft):
    draft.pc(FOLDER).remove(NAME)
    draft.table(table(TOP, 0x0D)).set_cell(FOLDER, NAME, None)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": FOLDER, "tag": NAME << 16 | image.format.string}
