"""The head of a contents table counts one column less than it has."""

import struct

from problems import FOLDER, store, table

EXPECT = ["TC_COLUMN_COUNT"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)


def damage(draft):
    contents = draft.table(NODE)
    contents.edit_item(contents.root, 1, struct.pack("<B", len(contents.columns) - 1))


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    columns = len(image.table(NODE).columns)
    return {"nid": NODE, "found": columns - 1, "expected": columns}
