"""By its bits, a row of a contents table has neither an id nor a version."""

from problems import FOLDER, MESSAGES, store, table

EXPECT = ["TC_ROW_BITS"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)


def damage(draft):
    contents = draft.table(NODE)
    rows, number = contents.rows(), contents.numbers()[MESSAGES[2]]
    at = contents.ends[2]
    rows[number] = rows[number][:at] + bytes([rows[number][at] & 0x3F]) + rows[number][at + 1:]
    contents.put_rows(rows)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": NODE, "count": 1}
