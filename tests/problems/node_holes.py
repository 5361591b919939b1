"""In the middle of an attachment another program has written a block of its own: zeros take the place of what was there."""

from problems import ATTACHMENT, MESSAGES, store

EXPECT = ["BLOCK_TRAILER"]
FOLLOWS = ["NODE_HOLES"]


def damaged(image):
    """The second of the blocks of the largest value of the attachment."""
    store = image.store
    _, sub = store.subnodes(image.node(MESSAGES[0]).sub)[ATTACHMENT]
    tree = next(data for data, _ in store.subnodes(sub).values() if data & 2)
    return image.block(list(store.leaves(tree))[1])


def build(fmt):
    image = store(fmt)
    block = damaged(image)
    image.write(block.ib, b"overwritten " * (block.size // 12))
    return image.sealed()


def place(image):
    return {"nid": MESSAGES[0], "id": damaged(image).bid}
