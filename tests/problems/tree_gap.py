"""A list of data blocks has the last one, which is not full, first."""

from problems import lists, store

EXPECT = ["TREE_GAP"]
FOLLOWS = []
REMAINS = ["xblock"]


def build(fmt):
    image = store(fmt)
    block, w = lists(image, 1)[0], image.format.word
    data = block.data
    block.write(data[:8] + data[-w:] + data[8:-w])
    return image.sealed()


def place(image):
    block = lists(image, 1)[0]
    return {"offset": block.ib, "id": block.bid, "found": image.store.children(block.bid)[3][-1]}
