"""Bits have rotted in a message and in its attachment, which libpff does not meet while the block index does not know the table of
attachments: that it meets it in the result speaks against nothing."""

from problems import ATTACHMENT, ATTACHMENTS, MESSAGES, message, store

PROBLEM = "BBT_UNNAMED"
EXPECT = ["BBT_UNNAMED", "BLOCK_CRC"]
COUNTS = {"BLOCK_CRC": 2}
FOLLOWS = ["NODE_DAMAGED"]
REMAINS = ["block"]


def table(image):
    return image.block(image.store.subnodes(image.node(MESSAGES[0]).sub)[ATTACHMENTS][0])


def build(fmt):
    image = store(fmt)
    attachment = image.block(image.store.subnodes(image.node(MESSAGES[0]).sub)[ATTACHMENT][0])
    image.node_block(message(image)).flip(20, 4)
    image.zero(attachment.ib, attachment.ib + 64)
    image.bbt.remove(table(image).bid)
    return image.sealed()


def place(image):
    return {"id": table(image).bid}
