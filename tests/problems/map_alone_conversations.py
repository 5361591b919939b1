"""The map of conversations lists a message that does not exist."""

from problems import MESSAGES, store

PROBLEM = "MAP_ALONE"
EXPECT = ["MAP_ALONE"]
FOLLOWS = []
NODE, GONE = 0xE01, 0x2FFF04


def build(fmt):
    image = store(fmt)
    block = image.node_block(NODE)
    block.write(block.data.replace(MESSAGES[1].to_bytes(4, "little"), GONE.to_bytes(4, "little")))
    return image.sealed()


def place(image):
    return {"nid": NODE, "count": 1}
