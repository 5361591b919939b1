"""Editor: changes of what is in a real file, above the node database.

    edit = Editor(image)
    edit.pc(0x8022).change(0x3602, raw=7)
    edit.table(0x802E).remove_row(0x200024)

Each block keeps its id and its place and gets a right trailer; it may become shorter, not longer, and then the block
index, the allocation map and the header follow.  Whatever else says the same is left as it is: that is the damage.
"""

import struct
import zlib

from . import format as F
from .heaps import Context, Table


class Editor:
    """What heaps of `heaps` take for a source."""

    def __init__(self, image):
        self.image, self.format, self.store, self.changed = image, image.format, image.store, {}

    def pc(self, *path):
        return Context(self, *path)

    def table(self, *path):
        return Table(self, *path)

    def _tree(self, path):
        """-> ids of the blocks, and of the list that they are in"""
        nid, *below = path
        _, data, sub, _ = self.store.nodes[nid]
        for nid in below:
            data, sub = self.store.subnodes(sub)[nid]
        return list(self.store.leaves(data)), data if data & 2 else None

    def parts(self, *path):
        return [self.changed.get(bid & ~1) or self.store.block_data(bid) for bid in self._tree(path)[0]]

    def write(self, path, parts):
        bids, list_ = self._tree(path)
        assert len(bids) == len(parts), "as many blocks as before"
        for bid, old, new in zip(bids, self.parts(*path), parts):
            if old != new:
                self.put(self.store.block(bid), new)
        if list_:
            assert self.store.children(list_)[1] == 1
            data = self.changed.get(list_ & ~1) or self.store.block_data(list_)
            self.put(self.store.block(list_), data[:4] + struct.pack("<I", sum(map(len, parts))) + data[8:])

    def put(self, block, data):
        f, image = self.format, self.image
        stored = data if block.bid & 2 else F.encode(data, self.store.crypt, block.bid)
        if f.compresses:
            small = zlib.compress(stored, 6)
            stored = small if f.disk_size(len(small)) < f.disk_size(len(stored)) else stored
        before = f.disk_size(self._now(block))
        after = f.disk_size(len(stored))
        assert after <= before, "fits into the place of the block"
        trailer = F.block_trailer(f, block.ib, block.bid, stored, len(data))
        image.write(block.ib, stored.ljust(after - f.block_tail, b"\0") + trailer)
        image.bbt.set(block.bid, cb=len(stored), **({"inflated": len(data)} if f.compresses else {}))
        if after < before:
            k = (block.ib - f.first_amap) // f.interval
            image.amap(k).set_range(block.ib + after, before - after, 0)
            image.header["cbAMapFree"] += before - after
        self.changed[block.bid] = data

    def _now(self, block):
        return self.image.bbt.entry(block.bid)["cb"]
