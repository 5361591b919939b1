"""A leaf of the node index lacks an entry, and the table of its folder the row: the counts of its blocks tell that
something is gone, but not what."""

from problems import INNER, MESSAGES, store, table

PROBLEM = "BLOCK_UNOWNED"
EXPECT = ["BLOCK_UNOWNED", "MAP_ALONE"]
FOLLOWS = []


def damage(draft):
    draft.table(table(INNER, 0x0E)).remove_row(MESSAGES[1])
    draft.count(INNER)


def build(fmt):
    image = store(fmt, damage)
    image.nbt.remove(MESSAGES[1])
    return image.sealed()


def place(image):
    return {"found": 2}
