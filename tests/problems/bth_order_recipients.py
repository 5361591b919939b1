"""The row index of a recipient table inside an embedded message is not sorted."""

from problems import IN_EMBEDDED, RECIPIENTS, at, store

PROBLEM = "BTH_ORDER"
EXPECT = ["BTH_ORDER"]
FOLLOWS = []


def damage(draft):
    index = draft.table(*IN_EMBEDDED, RECIPIENTS).index
    first, second, *rest = index.records()
    index.put([second, first, *rest])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    table = image.table(*IN_EMBEDDED, RECIPIENTS)
    leaf, = table.index.leaves()
    return {**at(*IN_EMBEDDED, RECIPIENTS), "hid": leaf, "offset": table.offset(leaf), "count": 1}
