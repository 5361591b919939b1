"""Behind the last row of a large contents table, in a subnode, there are five bytes of another."""

from problems import FOLDER, store, table

PROBLEM = "TC_ROW_SIZE"
STORE = dict(folders=1, messages=45, leaf_fill=None)
EXPECT = ["TC_ROW_SIZE"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)


def damage(draft):
    contents = draft.table(NODE)
    contents.put_rows(contents.rows(), tail=bytes(5))


def build(fmt):
    return store(fmt, damage, **STORE).sealed()


def place(image):
    return {"nid": NODE, "count": 5}
