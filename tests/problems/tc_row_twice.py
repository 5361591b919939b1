"""The row index of a contents table finds one row by two ids.  That one of them is not the one in
the row is not told again."""

from problems import FOLDER, MESSAGES, store, table

EXPECT = ["TC_ROW_TWICE"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)


def damage(draft):
    contents = draft.table(NODE)
    numbers = contents.numbers()
    contents.put_numbers({**numbers, MESSAGES[3]: numbers[MESSAGES[2]]})


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": NODE, "count": 1}
