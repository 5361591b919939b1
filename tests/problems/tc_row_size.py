"""Behind the last row of a contents table there are five bytes of another."""

from problems import FOLDER, store, table

EXPECT = ["TC_ROW_SIZE"]
FOLLOWS = []
NODE = table(FOLDER, 0x0E)


def damage(draft):
    contents = draft.table(NODE)
    contents.put_rows(contents.rows(), tail=bytes(5))


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": NODE, "count": 5}
