"""A list of lists of data blocks says that it lists data blocks themselves."""

from problems import lists, store

PROBLEM = "BLOCK_KIND"
STORE = dict(x_fill=2)
EXPECT = ["BLOCK_KIND"]
COUNTS = {"BLOCK_KIND": 2}
FOLLOWS = ["NODE_DAMAGED"]
REMAINS = ["xblock"]


def upper(image):
    return next(block for block in lists(image, 1) if image.store.children(block.bid)[1] == 2)


def build(fmt):
    image = store(fmt, **STORE)
    block = upper(image)
    block.write(block.data[:1] + b"\1" + block.data[2:])
    return image.sealed()


def place(image):
    block = upper(image)
    return [{"found": block.bid, "id": child} for child in image.store.children(block.bid)[3]]
