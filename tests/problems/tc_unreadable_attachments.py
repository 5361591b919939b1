"""The row index of an embedded message's attachment table has keys of another size."""

from problems import ATTACHMENTS, IN_EMBEDDED, at, store

PROBLEM = "TC_UNREADABLE"
EXPECT = ["TC_UNREADABLE"]
FOLLOWS = []


def damage(draft):
    table = draft.table(*IN_EMBEDDED, ATTACHMENTS)
    table.edit_item(table.index_hid, 1, b"\2")


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {**at(*IN_EMBEDDED, ATTACHMENTS), "offset": image.node_block(*IN_EMBEDDED, ATTACHMENTS).ib}
