"""The leaf of the node index that names the messages is lost, the table of their folder lacks the row of one, and the list of
its recipients and attachments is gone."""

from problems import MESSAGES, nbt_untied

REMAINS = ["block", "cref"]   # the independent reader does not count what such a block lists
EXPECT = ["NBT_PAGE", "BLOCK_TRAILER"]
FOLLOWS = [*nbt_untied.FOLLOWS, "NBT_UNPAIRED", "BLOCK_UNOWNED"]
NAMED = [*FOLLOWS, "PC_VALUE_MISSING", "MESSAGE_SIZE"]      # its text is a subnode
FOLLOWS = {"ansi": FOLLOWS, "unicode": NAMED, "unicode4k": NAMED}


def build(fmt):
    image = nbt_untied.image(fmt)
    image.block(image.store.nodes[MESSAGES[2]].sub).zero()
    return image.sealed()


def place(image):
    return {"id": image.node_block(MESSAGES[2]).bid}
