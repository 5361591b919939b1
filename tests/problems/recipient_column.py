"""In the recipient table of an embedded message two columns have the same bit.  Either may be the one that is named."""

from problems import IN_EMBEDDED, RECIPIENTS, at, store

EXPECT = ["RECIPIENT_COLUMN"]
FOLLOWS = []


def damage(draft):
    table = draft.table(*IN_EMBEDDED, RECIPIENTS)
    table.set_column(0x3900, bit=table.column(0x0FFE)[3])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {**at(*IN_EMBEDDED, RECIPIENTS), "found": 32}
