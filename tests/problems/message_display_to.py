"""A message names two recipients, its table of recipients one; so does its row in the table of its folder."""

from problems import FOLDER, MESSAGES, store, table

EXPECT = ["MESSAGE_DISPLAY_TO"]
FOLLOWS = []
TO, NAMES = 0x0E04, "Somebody; Nobody; Anybody"


def damage(draft):
    text = NAMES.encode(draft.format.encoding)
    pc = draft.pc(MESSAGES[2])
    pc.change(TO, raw=pc.add(text))
    rows = draft.table(table(FOLDER, 0x0E))
    rows.set_number(MESSAGES[2], TO, rows.add(text))
    draft.weigh(MESSAGES[2])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[2], "tag": TO << 16 | image.format.string, "found": 3}
