"""One of the results of a search folder is a message that does not exist."""

from problems import SPAM, store, table

EXPECT = ["SEARCH_ROW_ALONE"]
FOLLOWS = []


def damage(draft):
    results = draft.table(table(SPAM, 0x10))
    results.add_row(0x2FFF04, draft.new_version())
    results.set_number(0x2FFF04, 0x0E07, 1)
    draft.set_both(SPAM, 0x3602, 1)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": SPAM, "count": 1}
