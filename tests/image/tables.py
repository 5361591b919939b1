"""Reading heaps, BTHs, property contexts and table contexts (section 4 of the format description)."""

import struct

from .disk import Unreadable

FIXED = {0x0002: 2, 0x0003: 4, 0x0004: 4, 0x000A: 4, 0x000B: 1, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x0014: 8,
         0x0040: 8, 0x0048: 16, 0x000D: 8}


class Heap:
    """A heap on a node: items by HID, and the subnodes that its HNIDs may name."""

    def __init__(self, store, data, sub):
        self.store, self.f = store, store.format
        self.blocks = list(store.parts(data))
        self.subnodes = store.subnodes(sub)
        if not self.blocks or len(self.blocks[0]) < 12 or self.blocks[0][2] != 0xEC:
            raise Unreadable("no heap")
        self.client = self.blocks[0][3]
        self.root = u32(self.blocks[0], 4)

    def item(self, hid):
        index = (hid >> 5) & ((1 << self.f.hid_bits) - 1)
        number = hid >> (5 + self.f.hid_bits)
        if hid & 31 or not index or number >= len(self.blocks):
            raise Unreadable(f"no heap item 0x{hid:x}")
        block = self.blocks[number]
        at = u16(block, 0)
        if index > u16(block, at):
            raise Unreadable(f"no heap item 0x{hid:x}")
        start, end = u16(block, at + 2 + 2 * index), u16(block, at + 4 + 2 * index)
        if start > end or end > at:
            raise Unreadable(f"heap item 0x{hid:x} is not inside its block")
        return block[start:end]

    def value(self, hnid):
        return b"".join(self.value_parts(hnid))

    def value_parts(self, hnid):
        """A value in the heap, or that of a subnode, block by block."""
        if not hnid:
            return []
        if not hnid & 31:
            return [self.item(hnid)]
        if hnid not in self.subnodes:
            raise Unreadable(f"no subnode 0x{hnid:x}")
        return self.store.parts(self.subnodes[hnid][0])

    def bth(self, hid):
        """[(key, value)] of a BTH, keys as numbers."""
        head = self.item(hid)
        if len(head) < 8 or head[0] != 0xB5:
            raise Unreadable(f"no BTH at 0x{hid:x}")
        key, size, levels, root = head[1], head[2], head[3], u32(head, 4)
        out = []
        self._bth(root, key, size, min(levels, 8), out)
        return out

    def _bth(self, hid, key, size, level, out):
        if not hid:
            return
        data, step = self.item(hid), key + (4 if level else size)
        for at in range(0, len(data) - step + 1, step):
            if level:
                self._bth(u32(data, at + key), key, size, level - 1, out)
            else:
                out.append((int.from_bytes(data[at:at + key], "little"), data[at + key:at + step]))


def open_heap(store, data, sub, client):
    heap = Heap(store, data, sub)
    if heap.client != client:
        raise Unreadable(f"a heap of client {heap.client:02x}, not {client:02x}")
    return heap


def property_context(store, data, sub):
    """({tag: value bytes}, heap) of a PC; the tag has the id in its upper half; None for what cannot be read."""
    heap = open_heap(store, data, sub, 0xBC)
    out = {}
    for prop, record in heap.bth(heap.root):
        kind, value = struct.unpack("<HI", record)
        inline = FIXED.get(kind, 9) <= 4
        try:
            out[prop << 16 | kind] = record[2:2 + FIXED[kind]] if inline else heap.value(value)
        except Unreadable:
            out[prop << 16 | kind] = None
    return out, heap


class Table:
    """A TC: `columns` [(tag, offset, size, bit)], `ends` of its groups of cells, `index` {row id: number}, `rows`
    {row id: {tag: value bytes}} in the order of their numbers; absent cells are absent."""

    def __init__(self, store, data, sub):
        self.heap = heap = open_heap(store, data, sub, 0x7C)
        info = heap.item(heap.root)
        if len(info) < 22 or info[0] != 0x7C or len(info) < 22 + 8 * info[1]:
            raise Unreadable("no table")
        *self.ends, self.index_hid, self.matrix_hnid = struct.unpack_from("<4H2I", info, 2)
        self.columns = [struct.unpack_from("<IHBB", info, 22 + 8 * i) for i in range(info[1])]
        self.width = self.ends[3]
        self.index = {key: int.from_bytes(number, "little") for key, number in heap.bth(self.index_hid)}
        parts = list(heap.value_parts(self.matrix_hnid))
        per = (store.format.data_max if self.matrix_hnid & 31 else 3580) // self.width if self.width else 0
        self.raw = [part[at:at + self.width] for part in parts
                    for at in range(0, min(len(part) // max(1, self.width), per) * self.width, self.width)]
        side = {0x0042001F: 0x541, 0x30130102: 0x521} if store.format.compresses else {}
        self.side = {tag: Heap(store, *heap.subnodes[nid]) for tag, nid in side.items() if nid in heap.subnodes}
        self.rows = {}
        for key, number in sorted(self.index.items(), key=lambda pair: pair[1]):
            if number >= len(self.raw):
                raise Unreadable(f"table without row {number}")
            self.rows[key] = self._cells(self.raw[number])

    def _cells(self, row):
        out = {}
        for tag, offset, size, bit in self.columns:
            if row[self.ends[2] + bit // 8] & 0x80 >> bit % 8:
                raw = row[offset:offset + size]
                inline = FIXED.get(tag & 0xFFFF, 9) == size
                out[tag] = raw if inline else self.side.get(tag, self.heap).value(u32(raw, 0))
        return out


def u16(data, at):
    return struct.unpack_from("<H", data, at)[0]


def u32(data, at):
    return struct.unpack_from("<I", data, at)[0]
