"""The table of subfolders has another name for a folder than the folder itself."""

from problems import FOLDER, TOP, store, table

EXPECT = ["FOLDER_CELL"]
FOLLOWS = []
NAME = 0x3001


def build(fmt):
    return store(fmt, lambda draft: draft.table(table(TOP, 0x0D)).set_text(FOLDER, NAME, "Old name")).sealed()


def place(image):
    return {"nid": TOP, "found": FOLDER, "tag": NAME << 16 | image.format.string}
