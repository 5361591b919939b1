"""The first two entries of a list of subnodes have changed places."""

from problems import lists, store

EXPECT = ["SUBNODE_ORDER"]
FOLLOWS = []
REMAINS = ["subnodes"]


def longer(image):
    return next(block for block in lists(image, 2) if len(image.store.children(block.bid)[3]) > 1)


def build(fmt):
    image = store(fmt)
    block, f = longer(image), image.format
    data, a, b = block.data, f.sl_head, f.sl_head + f.sl_size
    block.write(data[:a] + data[b:b + f.sl_size] + data[a:b] + data[b + f.sl_size:])
    return image.sealed()


def place(image):
    block = longer(image)
    first, second = image.store.children(block.bid)[3][:2]
    return {"offset": block.ib, "id": block.bid, "expected": second[0], "found": first[0]}
