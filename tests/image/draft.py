"""Draft: a store that is not written yet, to be damaged above the node database.

    store(fmt, change=lambda draft: draft.pc(0x8022).remove(0x3602))

Nodes, subnodes, heaps, properties and rows can be left out, doubled or altered; then the store is written, with
checksums, indexes, maps and counts that are right.  Ids of nodes and heap items are those of the sound store, and
those of blocks, too, as long as a node's data stays one block.
"""

import struct
import zlib

from . import format as F
from .heaps import Context, Heap, Table, u32


class Draft:
    """A path is the id of a node, and the ids of subnodes below it."""

    def __init__(self, writer):
        self.writer, self.format, self.nodes = writer, writer.f, writer.nodes
        self.new_nid, self.new_version = writer.new_nid, writer.new_version

    def heap(self, *path):
        return Heap(self, *path)

    def pc(self, *path):
        return Context(self, *path)

    def table(self, *path):
        return Table(self, *path)

    # to look at ------------------------------------------------------------------------------------------

    def node(self, nid, *below):
        """-> ids of data and subnodes"""
        data, sub, _ = self.nodes[nid]
        for nid in below:
            data, sub = self._entries(sub)[nid]
        return data, sub

    def subnodes(self, *path):
        """{nid: (data, sub)}"""
        return self._entries(self.node(*path)[1])

    def parts(self, *path):
        return [self._bytes(bid) for bid in self._leaves(self.node(*path)[0])]

    def _bytes(self, bid):
        stored, size, refers = self.writer.blocks[bid]
        data = zlib.decompress(stored) if len(stored) != size else stored
        return data if bid & 2 else F.decode(data, self.writer.crypt, bid)

    def _leaves(self, bid):
        if not bid & 2:
            return [bid] if bid else []
        return [leaf for child in self.writer.blocks[bid][2] for leaf in self._leaves(child)]

    def _entries(self, sub):
        if not sub:
            return {}
        data, f = self._bytes(sub), self.format
        width = 2 if data[1] else 3
        flat = struct.unpack_from(f"<{width * (data[2] | data[3] << 8)}{f.W}", data, f.sl_head)
        rows = [flat[at:at + width] for at in range(0, len(flat), width)]
        if data[1]:
            return {nid: entry for _, child in rows for nid, entry in self._entries(child).items()}
        return {nid: (data, sub) for nid, data, sub in rows}

    def _shared(self, bid):
        """Does more than one node or block refer to a block?"""
        queue, seen, count = [ref for data, sub, _ in self.nodes.values() for ref in (data, sub) if ref], set(), 0
        while queue:
            ref = queue.pop()
            count += ref == bid
            if ref not in seen:
                seen.add(ref)
                queue += self.writer.blocks[ref][2]
        return count > 1

    # to change -------------------------------------------------------------------------------------------

    def write(self, path, parts):
        """Other data of a node: bytes or a list of blocks."""
        parts = [parts] if isinstance(parts, bytes) else parts
        if parts == self.parts(*path):
            return
        data, sub = self.node(*path)
        if data and not data & 2 and len(parts) == 1 and parts[0] and not self._shared(data):
            self.writer.fill(data, parts[0])
        else:
            self._put(path, self.writer.data([part for part in parts if part]), sub)

    def _put(self, path, data, sub):
        *above, nid = path
        if not above:
            self.nodes[nid] = (data, sub, self.nodes.get(nid, (0, 0, 0))[2])
        else:
            self.set_subnodes(above, {**self.subnodes(*above), nid: (data, sub)})

    def set_subnodes(self, path, entries):
        """All subnodes of a node anew."""
        w, (data, sub) = self.writer, self.node(*path)
        if entries == self._entries(sub):
            return
        if sub and not self._bytes(sub)[1] and 0 < len(entries) <= w.sl_fill and not self._shared(sub):
            rows = sorted((nid, *refs) for nid, refs in entries.items())
            w.fill(sub, w.sl(0, rows), [ref for row in rows for ref in row[1:]])
        else:
            self._put(path, data, w.subnodes(entries))

    def set_parent(self, nid, parent):
        self.nodes[nid] = (*self.nodes[nid][:2], parent)

    def add(self, path, data=b"", parent=0):
        """A new node, or a new subnode."""
        self._put(path, self.writer.data(data), 0)
        if len(path) == 1:
            self.set_parent(path[0], parent)

    def remove(self, *path):
        *above, nid = path
        if above:
            self.set_subnodes(above, {n: refs for n, refs in self.subnodes(*above).items() if n != nid})
        else:
            del self.nodes[nid]

    # what follows from other things ------------------------------------------------------------------------

    def weigh(self, *path):
        """Sizes that messages and attachments have of themselves, as they are after a change: PidTagMessageSize
        and PidTagAttachSize, and the cells that repeat them."""
        attachments = {refs: nid for nid, refs in self.subnodes(*path).items() if nid & 31 == 5}
        for nid in attachments.values():            # of several that share their blocks, one
            self._weigh_attachment(path, nid)
        data, sub = self.node(*path)
        size = self.writer.weight(data) + self.writer.weight(sub)
        pc = self.pc(*path)
        if not pc.has(0x0E08):
            return
        pc.change(0x0E08, raw=size)
        if len(path) == 1:
            kind = 0x0E if path[0] & 31 == 4 else 0x0F
            self._cell((self.nodes[path[0]][2] & ~31 | kind,), path[0], 0x0E08, size)

    def _weigh_attachment(self, path, nid):
        pc = self.pc(*path, nid)
        for inner in [inner for inner in self.subnodes(*path, nid) if inner & 31 == 4]:
            self.weigh(*path, nid, inner)
            size = next(raw for prop, _, raw in self.pc(*path, nid, inner).records() if prop == 0x0E08)
            pc.edit_item(pc.get(0x3701)[2], 4, struct.pack("<I", size))
        size = pc.size()
        if size is not None and pc.has(0x0E20):
            pc.change(0x0E20, raw=size)
            self._cell((*path, 0x671), nid, 0x0E20, size)

    def count(self, *folders):
        """Counts of folders, as their tables are after a change, and the cells that repeat them."""
        for folder in folders:
            pc, base = self.pc(folder), folder & ~31
            hierarchy, contents = self.table(base | 0x0D), self.table(base | 0x0E)
            unread = sum(not contents.cell(row, 0x0E07)[0] & 1 for row in contents.numbers())
            counts = {0x3602: len(contents.numbers()), 0x3603: unread, 0x360A: int(bool(hierarchy.numbers()))}
            if pc.has(0x6635):
                counts[0x6635] = len(self.table(base | 0x0F).numbers())
            for prop, value in counts.items():
                self.set_both(folder, prop, value)

    def set_both(self, folder, prop, value):
        """A number in a folder's properties and in its row of its parent's table."""
        self.pc(folder).change(prop, raw=value)
        self._cell((self.nodes[folder][2] & ~31 | 0x0D,), folder, prop, value)

    def _cell(self, path, row, prop, value):
        *above, nid = path
        table = self.table(*path) if nid in (self.subnodes(*above) if above else self.nodes) else None
        if table and row in table.numbers() and any(column[0] >> 16 == prop for column in table.columns):
            table.set_number(row, prop, value)
