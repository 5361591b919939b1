"""In the table of a message's recipients the offsets of the page map do not ascend: the last item but one
ends behind the end of the last."""

from problems import MESSAGES, RECIPIENTS, store

PROBLEM = "HEAP_MAP"
EXPECT = ["HEAP_MAP"]
FOLLOWS = []


def damage(draft):
    heap = draft.heap(MESSAGES[2], RECIPIENTS)
    offsets = heap.offsets()
    heap.edit_map(2 + len(offsets) - 2, offsets[-1] + 2)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    block = image.node_block(MESSAGES[2], RECIPIENTS)
    return {"nid": MESSAGES[2], "sub": RECIPIENTS, "id": block.bid, "offset": block.ib}
