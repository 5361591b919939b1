"""In the page map of a message's properties one offset is before that of its predecessor: two items are
not what they were.  What rests on these items is not told again."""

from problems import MESSAGES, store

EXPECT = ["HEAP_MAP"]
FOLLOWS = []
PROPERTY = 0x0065           # whose value is in the item that ends before it begins


def damage(draft):
    pc = draft.pc(MESSAGES[0])
    _, i = pc.split(pc.get(PROPERTY)[2])
    pc.edit_map(2 + i + 1, pc.offsets()[i] - 2)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    block = image.node_block(MESSAGES[0])
    return {"nid": MESSAGES[0], "id": block.bid, "offset": block.ib}
