"""A leaf of the node index is lost, and with it the block index.  A message that it named was about to be written anew when the writer was stopped: its
new block is there, and the allocation map knows it, but its id was never committed."""

from image import format as F
from problems import free_place, message, store

PROBLEM = "NBT_TIED"
EXPECT = ["NBT_PAGE", "BBT_PAGE"]
COUNTS = {"ansi": {"BBT_PAGE": 16}, "unicode": {"BBT_PAGE": 16}, "unicode4k": {"BBT_PAGE": 15}}
FOLLOWS = ["NBT_TIED", "NBT_RANGE_LOST", "FOLDER_TABLE", "AMAP_LEAK", "BBT_UNNAMED"]


def build(fmt):
    image = store(fmt)
    f, ib, block = image.format, free_place(image), image.node_block(message(image, 1))
    bid, data = image.header.bidNextB, F.encode(block.data, image.store.crypt, image.header.bidNextB)
    trailer = F.block_trailer(f, ib, bid, data, len(data))
    image.write(ib, data.ljust(block.size - f.block_tail, b"\0") + trailer)
    image.amap().set_range(ib, block.size, 1)
    image.header.cbAMapFree -= block.size
    for page in [image.nbt.find(message(image, 1))[0], *image.bbt.leaves]:
        page.zero()
    return image.sealed()


def place(image):
    return {"nid": message(image, 1), "id": image.node_block(message(image, 1)).bid}
