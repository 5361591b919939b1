"""A block whose id says that it lists others begins with a type that there is not, under a right checksum."""

from problems import lists, store

EXPECT = ["BLOCK_CONTENT"]
FOLLOWS = ["NODE_HOLES"]


def build(fmt):
    image = store(fmt)
    block = lists(image, 1)[0]
    block.write(b"\7" + block.data[1:])
    return image.sealed()


def place(image):
    block = lists(image, 1)[0]
    return {"offset": block.ib, "id": block.bid}
