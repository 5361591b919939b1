"""The template of recipient tables has other columns than those of type and name."""

from problems import store

PROBLEM = "TC_COLUMN_MISSING"
EXPECT = ["TC_COLUMN_MISSING"]
FOLLOWS = []
NODE, KIND, NAME = 0x692, 0x0C15, 0x3001


def damage(draft):
    template = draft.table(NODE)
    template.set_column(KIND, tag=0x0C160003)
    template.set_column(NAME, tag=template.tag(NAME) - 0x10000)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": NODE, "tag": KIND << 16 | 3}
