"""The row index of a contents table lacks one of its rows."""

from problems import FOLDER, MESSAGES, store, table

EXPECT = ["TC_ROW_UNNAMED"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)


def damage(draft):
    contents = draft.table(NODE)
    numbers = contents.numbers()
    del numbers[MESSAGES[2]]
    contents.put_numbers(numbers)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": NODE, "count": 1}
