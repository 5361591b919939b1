"""Heaps of a store and what is in them: to look at in an image, to be damaged on purpose in a draft.

    image.pc(nid), image.table(nid), image.heap(nid)        where a subnode is meant, its id follows: pc(nid, sub)
    draft.pc(nid), draft.table(nid), draft.heap(nid)        the same; what is changed is written at once

A change of items keeps page map, count of freed items and fill levels right; edit() changes bytes and nothing else.
"""

import struct

from . import ltp


class Heap:
    """`parts`: its blocks; `client`, `root`: from its header."""

    def __init__(self, source, *path):
        self.source, self.path, self.f = source, path, source.format
        self.parts = [bytes(part) for part in source.parts(*path)]
        self.client, self.root = self.parts[0][3], u32(self.parts[0], 4)

    def split(self, hid):
        """-> number of the block, number of the item in it from 0"""
        return hid >> 5 + self.f.hid_bits, (hid >> 5 & (1 << self.f.hid_bits) - 1) - 1

    def map_at(self, n=0):
        """Where the page map of a block begins."""
        return u16(self.parts[n], 0)

    def offsets(self, n=0):
        """The page map's offsets: where each item begins, and where the last one ends."""
        part, at = self.parts[n], self.map_at(n)
        return list(struct.unpack_from(f"<{u16(part, at) + 1}H", part, at + 4))

    def hids(self):
        return [i + 1 << 5 | n << 5 + self.f.hid_bits
                for n in range(len(self.parts)) for i in range(len(self.offsets(n)) - 1)]

    def at(self, hid):
        """Where an item begins in its block."""
        n, i = self.split(hid)
        return self.offsets(n)[i]

    def item(self, hid):
        n, i = self.split(hid)
        start, end = self.offsets(n)[i:i + 2]
        return self.parts[n][start:end]

    def offset(self, hid):
        """Where an item begins in the file."""
        return self.block(self.split(hid)[0]).ib + self.at(hid)

    def block(self, n=0):
        """Block of an image."""
        return self.source.node_block(*self.path, n=n)

    def value(self, hnid):
        """The bytes that an HNID stands for."""
        if hnid & 31:
            return b"".join(self.source.parts(*self.path, hnid))
        return self.item(hnid) if hnid else b""

    # damage ----------------------------------------------------------------------------------------------

    def write(self, parts):
        self.source.write(self.path, parts)
        self.parts = parts

    def edit(self, at, data, n=0):
        """Other bytes at a place of the n-th block."""
        part = bytearray(self.parts[n])
        part[at:at + len(data)] = data
        self.write(self.parts[:n] + [bytes(part)] + self.parts[n + 1:])

    def edit_map(self, i, value, n=0):
        """Another number in a page map: 0 count of items, 1 of freed ones, from 2 on the offsets."""
        self.edit(self.map_at(n) + 2 * i, struct.pack("<H", value), n)

    def edit_item(self, hid, at, data):
        """Other bytes in an item."""
        self.edit(self.at(hid) + at, data, self.split(hid)[0])

    def _items(self):
        heap = ltp.Heap(self.f, self.client, self.root)
        heap.pages = []
        for n, part in enumerate(self.parts):
            offsets = self.offsets(n)
            heap.pages.append([part[a:b] for a, b in zip(offsets, offsets[1:])])
        return heap

    def set(self, hid, data):
        """An item of another length: those behind it move."""
        heap, (n, i) = self._items(), self.split(hid)
        heap.pages[n][i] = bytes(data)
        self.write(heap.blocks())

    def add(self, data):
        """-> HID of a new item"""
        heap = self._items()
        hid = heap.add(data)
        self.write(heap.blocks())
        return hid

    def tree(self, header):
        return Bth(self, header)


class Bth:
    """A B-tree on a heap; `key`, `size`, `levels` and `root` as its header says."""

    def __init__(self, heap, header):
        self.heap, self.header = heap, header
        _, self.key, self.size, self.levels, self.root = struct.unpack("<BBBBI", heap.item(header))

    def leaves(self):
        """Items with records, in order."""
        out = [self.root] if self.root else []
        for _ in range(self.levels):
            out = [int.from_bytes(link, "little") for hid in out for _, link in self._of(hid, 4)]
        return out

    def records(self):
        """[(key as a number, value)]"""
        return [record for hid in self.leaves() for record in self._of(hid, self.size)]

    def _of(self, hid, size):
        data, step = self.heap.item(hid), self.key + size
        rows = [data[at:at + step] for at in range(0, len(data), step)]
        return [(int.from_bytes(row[:self.key], "little"), row[self.key:]) for row in rows]

    def _pack(self, records):
        return b"".join(key.to_bytes(self.key, "little") + value for key, value in records)

    def put(self, records):
        """All records anew, in the order given, in a tree of one item."""
        assert not self.levels
        if not records:
            self.set_root(0)
        elif self.root:
            self.heap.set(self.root, self._pack(records))
        else:
            self.set_root(self.heap.add(self._pack(records)))

    def set_root(self, hid, levels=None):
        self.root, self.levels = hid, self.levels if levels is None else levels
        self.heap.set(self.header, struct.pack("<BBBBI", 0xB5, self.key, self.size, self.levels, hid))

    def deepen(self, per):
        """The same records in items of `per`, and an item above them -> HIDs of these."""
        records = self.records()
        pieces = [records[at:at + per] for at in range(0, len(records), per)]
        self.heap.set(self.root, self._pack(pieces[0]))
        leaves = [self.root] + [self.heap.add(self._pack(piece)) for piece in pieces[1:]]
        links = [(piece[0][0], leaf.to_bytes(4, "little")) for piece, leaf in zip(pieces, leaves)]
        self.set_root(self.heap.add(self._pack(links)), self.levels + 1)
        return leaves


class Context(Heap):
    """A property context; a record is (property id, type, value or HNID)."""

    def records(self):
        return [(key, *struct.unpack("<HI", value)) for key, value in self.tree(self.root).records()]

    def put(self, records):
        self.tree(self.root).put([(prop, struct.pack("<HI", kind, raw)) for prop, kind, raw in records])

    def get(self, prop):
        return next(record for record in self.records() if record[0] == prop)

    def tag(self, prop):
        return prop << 16 | self.get(prop)[1]

    def change(self, prop, name=None, kind=None, raw=None):
        """Another id, type or value in the record of a property; the order is kept."""
        new = [new if new is not None else old for new, old in zip((name, kind, raw), self.get(prop))]
        self.put(sorted([record for record in self.records() if record[0] != prop] + [tuple(new)]))

    def set_value(self, prop, data):
        """Another value, of any length, where the old one is in the heap."""
        self.set(self.get(prop)[2], data)

    def remove(self, prop):
        self.put([record for record in self.records() if record[0] != prop])

    def has(self, prop):
        return any(record[0] == prop for record in self.records())

    def add_property(self, tag, data):
        raw = int.from_bytes(data, "little") if ltp.is_inline(tag) else self.add(data)
        self.put(sorted(self.records() + [(tag >> 16, tag & 0xFFFF, raw)]))

    def size(self):
        """Bytes of all values, what PidTagAttachSize says; None when one is not there."""
        total = 0
        for _, kind, raw in self.records():
            if ltp.is_inline(kind):
                total += ltp.cell_size(kind)
                continue
            try:
                value = self.value(raw)
            except (KeyError, IndexError):
                return None
            total += u32(value, 4) if kind == 0x0D else len(value)
        return total


class Table(Heap):
    """A table context; a column is (tag, place, width, bit); rows are bytes, in the order of the matrix."""

    def __init__(self, source, *path):
        super().__init__(source, *path)
        info = self.item(self.root)
        *self.ends, self.index_hid, self.matrix = struct.unpack_from("<4H2I", info, 2)
        self.columns = [struct.unpack_from("<IHBB", info, at) for at in range(22, len(info), 8)]
        self.width = self.ends[3]

    @property
    def index(self):
        return self.tree(self.index_hid)

    def numbers(self):
        """{row id: its number in the matrix}"""
        return {key: int.from_bytes(value, "little") for key, value in self.index.records()}

    def column(self, prop):
        return next(column for column in self.columns if column[0] >> 16 == prop)

    def tag(self, prop):
        return self.column(prop)[0]

    def rows(self):
        if not self.matrix:
            return []
        parts = self.source.parts(*self.path, self.matrix) if self.matrix & 31 else [self.item(self.matrix)]
        return [part[at:at + self.width] for part in parts
                for at in range(0, len(part) - self.width + 1, self.width)]

    def cell(self, row, prop):
        """The bytes of a cell, None when its bit is not set."""
        _, at, size, bit = self.column(prop)
        raw = self.rows()[self.numbers()[row]]
        return raw[at:at + size] if raw[self.ends[2] + bit // 8] & 0x80 >> bit % 8 else None

    # damage ----------------------------------------------------------------------------------------------

    def set_info(self, columns=None, ends=None, index=None, matrix=None):
        """What the head of the table says; the rows stay as they are."""
        self.columns = self.columns if columns is None else columns
        self.ends = self.ends if ends is None else ends
        self.index_hid = self.index_hid if index is None else index
        self.matrix = self.matrix if matrix is None else matrix
        head = struct.pack("<BB4HIII", 0x7C, len(self.columns), *self.ends, self.index_hid, self.matrix, 0)
        self.set(self.root, head + b"".join(struct.pack("<IHBB", *column) for column in self.columns))

    def set_column(self, prop, tag=None, at=None, width=None, bit=None):
        """Another number in the description of a column; the order is kept."""
        new = (tag, at, width, bit)
        self.set_info([tuple(b if b is not None else a for a, b in zip(column, new))
                       if column[0] >> 16 == prop else column for column in self.columns])

    def put_rows(self, rows, tail=b""):
        """The matrix anew; a tail is what follows the last row."""
        data = b"".join(rows) + tail
        if self.matrix & 31:
            per = self.f.data_max // self.width
            parts = [b"".join(rows[at:at + per]) for at in range(0, len(rows), per)]
            parts[-1] += tail
            full = [part.ljust(self.f.data_max, b"\0") for part in parts[:-1]]
            self.source.write((*self.path, self.matrix), full + parts[-1:])
        elif not data:
            self.set_info(matrix=0)
        elif self.matrix:
            self.set(self.matrix, data)
        else:
            self.set_info(matrix=self.add(data))

    def put_numbers(self, numbers):
        """The row index anew, from {row id: number}."""
        index = self.index
        index.put([(row, number.to_bytes(index.size, "little")) for row, number in sorted(numbers.items())])

    def set_cell(self, row, prop, data):
        """Other bytes in a cell; None: there is none."""
        _, at, size, bit = self.column(prop)
        rows, number, place = self.rows(), self.numbers()[row], self.ends[2] + bit // 8
        raw, mask = bytearray(rows[number]), 0x80 >> bit % 8
        raw[at:at + size] = (data or b"").ljust(size, b"\0")
        raw[place] = raw[place] & ~mask if data is None else raw[place] | mask
        rows[number] = bytes(raw)
        self.put_rows(rows)

    def set_number(self, row, prop, value):
        self.set_cell(row, prop, value.to_bytes(self.column(prop)[2], "little"))

    def set_value(self, row, prop, data):
        """A cell whose value is a new item of the heap."""
        self.set_number(row, prop, self.add(data))

    def set_text(self, row, prop, text):
        self.set_value(row, prop, text.encode(self.f.encoding))

    def copy_cell(self, row, pc, prop):
        """What a property context says, in a cell: absent there, absent here."""
        record = next((record for record in pc.records() if record[0] == prop), None)
        if record is None or ltp.is_inline(record[1]):
            self.set_cell(row, prop, record and record[2].to_bytes(4, "little")[:self.column(prop)[2]])
        elif self.column(prop)[2] == 8:
            self.set_cell(row, prop, pc.value(record[2]))
        else:
            self.set_value(row, prop, pc.value(record[2]))

    def copy_row(self, row, pc, but=()):
        """All cells as a property context says, but those that rows alone have."""
        for prop in {column[0] >> 16 for column in self.columns} - {0x67F2, 0x67F3, *but}:
            self.copy_cell(row, pc, prop)

    def remove_row(self, row):
        """Rows behind it move up.  With the last of them all items are freed that only rows name."""
        numbers, rows = self.numbers(), self.rows()
        gone = numbers.pop(row)
        del rows[gone]
        self.put_numbers({key: number - (number > gone) for key, number in numbers.items()})
        self.put_rows(rows)
        for hid in () if rows else sorted(set(self.hids()) - {self.root, self.index_hid}):
            self.set(hid, b"")

    def add_row(self, row, version, like=None):
        """A row with an id and a version, other cells like those of another row."""
        numbers, rows = self.numbers(), self.rows()
        if like is None:
            bits = 0xC0.to_bytes(self.width - self.ends[2], "little")
            rest = bytes(self.ends[2] - 8) + bits
        else:
            rest = rows[numbers[like]][8:]
        self.put_numbers({**numbers, row: len(rows)})
        self.put_rows(rows + [struct.pack("<II", row, version) + rest])


def u16(data, at):
    return struct.unpack_from("<H", data, at)[0]


def u32(data, at):
    return struct.unpack_from("<I", data, at)[0]
