"""An attachment's properties are gone, in a store whose name map has no entries, as that of a new one: the mark gets a name behind the
ids that are in use."""

from problems import ATTACHMENT, MESSAGES, store

PROBLEM = "NODE_HOLES"
EXPECT = ["BLOCK_TRAILER", "NAME_UNKNOWN"]
COUNTS = {"NAME_UNKNOWN": 2}
FOLLOWS = ["NODE_HOLES"]


def damage(draft):
    names = draft.pc(0x61)
    for stream in (2, 3, 4):
        names.change(stream, raw=0)
    names.put([record for record in names.records() if record[0] < 0x1000])


def build(fmt):
    image = store(fmt, damage)
    data, _ = image.store.subnodes(image.node(MESSAGES[0]).sub)[ATTACHMENT]
    image.block(data).zero()
    return image.sealed()


def place(image):
    return {"nid": MESSAGES[0]}
