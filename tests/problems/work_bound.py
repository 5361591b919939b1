"""Free space is full of trailers of large blocks that overlap, so that to try them all would take for ever."""

from image import format as F
from problems import free_place, store

EXPECT = ["WORK_BOUND"]
FOLLOWS = []


def build(fmt):
    image = store(fmt)
    f = image.format
    first = free_place(image) + f.block_max
    for end in range(first, first + 64 * f.align, f.align):
        ib, bid = end - f.block_max, 4
        image.write(end - f.block_tail, F.block_trailer(f, ib, bid, b"\1" * f.data_max, f.data_max))
    return image.sealed()
