"""A message has no class, nor have its rows in the table of its folder and among the results of a search: what it gets,
both get."""

from problems import FOLDER, MESSAGES, store, table

PROBLEM = "MESSAGE_PROPERTY"
STORE = dict(search=True)
EXPECT = ["MESSAGE_PROPERTY"]
FOLLOWS = []
RESULTS, CLASS = 0x80030, 0x001A


def damage(draft):
    draft.pc(MESSAGES[0]).remove(CLASS)
    draft.weigh(MESSAGES[0])
    for node in (table(FOLDER, 0x0E), RESULTS):
        draft.table(node).set_cell(MESSAGES[0], CLASS, None)
    size = draft.pc(MESSAGES[0]).get(0x0E08)[2]
    draft.table(RESULTS).set_number(MESSAGES[0], 0x0E08, size)


def build(fmt):
    return store(fmt, damage, **STORE).sealed()


def place(image):
    return {"nid": MESSAGES[0], "tag": CLASS << 16 | image.format.string}
