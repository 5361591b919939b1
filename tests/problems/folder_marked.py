"""A folder says that it is not whole, in the property in which a repair says so."""

from problems import FOLDER, store
from problems.message_marked import NAMES, PROPERTY, add_name

EXPECT = ["FOLDER_MARKED"]
FOLLOWS = []


def damage(draft):
    add_name(draft.pc(NAMES), "pstfix-damage")
    draft.pc(FOLDER).add_property(PROPERTY << 16 | draft.format.string, "property 0x3646: gone".encode(draft.format.encoding))


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": FOLDER, "tag": PROPERTY << 16 | image.format.string}
