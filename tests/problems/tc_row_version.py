"""A row of one folder's contents table has the version of a row in another's."""

from problems import FOLDER, INNER, MESSAGES, store, table

EXPECT = ["TC_ROW_VERSION"]
FOLLOWS = []
VERSION = 0x67F3


def version(source):
    return int.from_bytes(source.table(table(FOLDER, 0x0E)).cell(MESSAGES[0], VERSION), "little")


def damage(draft):
    draft.table(table(INNER, 0x0E)).set_number(MESSAGES[1], VERSION, version(draft))


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": table(INNER, 0x0E), "count": 1, "found": version(image)}
