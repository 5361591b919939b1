"""A folder was moved into its own subfolder: each is the parent of the other."""

from problems import FOLDER, INNER, TOP, store, table

EXPECT = ["FOLDER_CYCLE"]
COUNTS = {"FOLDER_CYCLE": 2}
FOLLOWS = []


def damage(draft):
    draft.table(table(TOP, 0x0D)).remove_row(FOLDER)
    draft.set_parent(FOLDER, INNER)
    folders = draft.table(table(INNER, 0x0D))
    folders.add_row(FOLDER, draft.new_version())
    folders.copy_row(FOLDER, draft.pc(FOLDER))
    draft.count(INNER, FOLDER)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return [{"nid": FOLDER, "found": INNER}, {"nid": INNER, "found": FOLDER}]
