"""Writing heaps, BTHs, property contexts and table contexts (section 4 of the format description).

A heap comes out as a list of blocks; what does not fit into it goes to `subnodes`, a dict of nid -> blocks.
Values are Python's: int, bool, str, bytes; a pair (nid, size) for an object.
"""

import struct
from types import SimpleNamespace

from . import format as F

MAX_ITEM = 3580

ROW_ID, ROW_VERSION = 0x67F20003, 0x67F30003
NAME, CONVERSATION = 0x0042001F, 0x30130102     # the cells that OST contents tables keep in side heaps
SIDE = {NAME: 0x541, CONVERSATION: 0x521}

# Columns in the order of their creation: the order of their bits, and of their cells within each width.
_FAI = ("0E170003 001A001F 0E070003 3001001F 70030003 70040102 70050102 7006001F 70070003 6800001F 6803000B 68051003 "
        "682F001F")
_SEARCH = ("67F10003 0E05001F 0E170003 001A001F 0E070003 00170003 0042001F 0037001F 0E060040 0E080003 0E04001F "
           "0E03001F 0057000B 0058000B 00360003 %s 30080040")
_MAIL = ("0E170003 001A001F 0E070003 00170003 0042001F 0037001F 0E060040 00390040 0E080003 0E04001F 0E03001F 0057000B "
         "0058000B 00360003 ")
_REPLICA = "0E300102 0E330014 0E340102 0E3D0102 0E3C0102 0E380003"
_PST = {
    0x60D: "3001001F 36020003 36030003 360A000B 0E300102 0E330014 0E340102 0E380003 3613001F 66350003 66360003",
    0x60E: _MAIL + "10970003 0070001F 00710102 30130102 65C60003 30080040 " + _REPLICA,
    0x60F: _FAI,
    0x610: _SEARCH % "0E2A000B",
    0x62B: "66050003 001A001F",
    0x64C: "0E140003 0E100003 00390040",
    0x671: "370B0003 0E200003 37050003 3704001F",
    0x692: "0E0F000B 3002001F 3003001F 0FFF0102 3001001F 0C150003 300B0102 0FF90102 0FFE0003 39000003 3A40000B "
           "39FF001F",
    0x6B6: "0E330014 0E370102 0E380003",
    0x6D7: "0E3E0102 0E310102 0E300102 0E380003 0E340102 0E330014 001A001F",
    0x6F8: "30070040 0E330014",
}
_OST = {
    **_PST,
    0x60D: "3001001F 36020003 36030003 360A000B 66380003 67F40014 0E300102 0E330014 0E340102 0E380003 3613001F "
           "66350003 66360003",
    0x60E: _MAIL + "67F40014 66120003 67F5000B 65E20102 65E30102 30080040 66280014 10970003 10981102 66220040 66230003 "
                   "0070001F 00710102 30130102 0E2A000B 65C60003 0E380003",
    0x60F: _FAI + " 67F40014 66120003 65E20102 65E30102 30080040 66280014",
    0x610: _SEARCH % "66120003 0E2A000B",
    0x619: "67F40014 66320003",
    0x62B: "66050003 001A001F 67F40014 30080040",
    0x671: _PST[0x671] + " 66180048",
}


def columns(f, nid):
    """Tags of the columns of a template, in the order of their creation, with the format's own string type."""
    text = (_OST if f.compresses else _PST)[nid]
    if f.word == 4:
        text = text.replace("30130102 ", "")
    return [ROW_ID, ROW_VERSION] + [own(f, int(tag, 16)) for tag in text.split()]


def own(f, tag):
    """A tag written for Unicode as the format has it: strings of ANSI files are 8-bit."""
    return tag - 1 if tag & 0xFFFF == 0x1F and f.word == 4 else tag


def cell_size(tag):
    return {0x0002: 2, 0x000B: 1, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x0014: 8, 0x0040: 8}.get(tag & 0xFFFF, 4)


def is_inline(tag):
    """Does a cell or a PC record of four bytes or less hold the value itself?"""
    return tag & 0xFFFF in (0x0002, 0x0003, 0x0004, 0x000A, 0x000B)


def packed(f, tag, value):
    """A value as bytes."""
    kind = tag & 0xFFFF
    if kind in (0x1F, 0x1E):
        return value.encode("utf-16-le" if kind == 0x1F else f.encoding, "replace")
    if kind == 0x0D:
        return struct.pack("<II", *value)
    if isinstance(value, int):
        return (value & (1 << 64) - 1).to_bytes(8, "little")[:cell_size(tag)]
    return bytes(value)


class Heap:
    def __init__(self, f, client, root=0x20):
        self.f, self.client, self.root = f, client, root
        self.pages = [[]]

    def add(self, data):
        """-> HID"""
        f = self.f
        assert len(data) <= MAX_ITEM, len(data)
        page = self.pages[-1]
        end = self._head(len(self.pages) - 1) + sum(map(len, page)) + len(data)
        if F.ceil_to(end, 2) + 4 + 2 * (len(page) + 2) > f.data_max or len(page) + 1 >= 1 << f.hid_bits:
            page = []
            self.pages.append(page)
        page.append(bytes(data))
        return len(page) << 5 | (len(self.pages) - 1) << 5 + f.hid_bits

    def set(self, hid, data):
        """Fill in an item that was added as a place of the same size."""
        page, index = hid >> 5 + self.f.hid_bits, (hid >> 5 & (1 << self.f.hid_bits) - 1) - 1
        assert len(self.pages[page][index]) == len(data)
        self.pages[page][index] = bytes(data)

    @staticmethod
    def _head(number):
        return 12 if number == 0 else 66 if number % 128 == 8 else 2

    def blocks(self):
        f, ends, out = self.f, [], []
        for number, page in enumerate(self.pages):
            at, offsets = self._head(number), []
            for item in page:
                offsets.append(at)
                at += len(item)
            offsets.append(at)
            at = F.ceil_to(at, 2)
            page_map = struct.pack(f"<HH{len(offsets)}H", len(page), sum(not item for item in page), *offsets)
            ends.append(at + len(page_map))
            out.append((at, b"".join(page) + bytes(at - offsets[-1]) + page_map))
        nibbles = [F.fill_level(f, end) for end in ends]
        for number, (at, rest) in enumerate(out):
            head = struct.pack("<H", at)
            if number == 0:
                head += struct.pack("<BBI", 0xEC, self.client, self.root) + _nibbles(nibbles[:8], 4)
            elif number % 128 == 8:
                head += _nibbles(nibbles[number:number + 128], 64)
            out[number] = head + rest
        return [block.ljust(f.data_max, b"\0") for block in out[:-1]] + out[-1:]


def _nibbles(values, size):
    return sum(value << 4 * i for i, value in enumerate(values)).to_bytes(size, "little")


class Bth:
    """A BTH whose records are counted first and known later, so that its items come first in the heap."""

    def __init__(self, heap, key, size, count, header=None):
        self.heap, self.key, self.size, self.count = heap, key, size, count
        self.hid = heap.add(bytes(8)) if header is None else header
        self.per = MAX_ITEM // (key + size)
        self.leaves = [heap.add(bytes((key + size) * min(self.per, count - at))) for at in range(0, count, self.per)]
        self.index = heap.add(bytes((key + 4) * len(self.leaves))) if len(self.leaves) > 1 else None

    def fill(self, records):
        """records: [(key as a number, value bytes)]; keys of more than four bytes are in the order of their bytes"""
        records = sorted(records, key=lambda record: record[0].to_bytes(self.key, "little" if self.key > 4 else "big"))
        assert len(records) == self.count
        links = b""
        for leaf, at in zip(self.leaves, range(0, self.count, self.per)):
            part = records[at:at + self.per]
            self.heap.set(leaf, b"".join(k.to_bytes(self.key, "little") + v for k, v in part))
            links += part[0][0].to_bytes(self.key, "little") + struct.pack("<I", leaf)
        root = self.leaves[0] if self.leaves else 0
        if self.index is not None:
            self.heap.set(self.index, links)
            root = self.index
        self.heap.set(self.hid, struct.pack("<BBBBI", 0xB5, self.key, self.size, self.index is not None, root))


def put(heap, data, subnodes, new_nid):
    """A value of any size -> HNID."""
    if not data:
        return 0
    if len(data) <= MAX_ITEM:
        return heap.add(data)
    nid = new_nid(0x1F)
    subnodes[nid] = data
    return nid


def property_context(f, values, new_nid):
    """{tag: value} -> (blocks, {nid: data})"""
    heap, subnodes = Heap(f, 0xBC), {}
    records = Bth(heap, 2, 6, len(values))
    rows = []
    for tag, value in values.items():
        data = packed(f, tag, value)
        raw = data.ljust(4, b"\0") if is_inline(tag) else struct.pack("<I", put(heap, data, subnodes, new_nid))
        rows.append((tag >> 16, struct.pack("<H", tag & 0xFFFF) + raw))
    records.fill(rows)
    return heap.blocks(), subnodes


def layout(tags):
    """{tag: (offset, size, bit)} and the four ends of the groups."""
    wide = sum(cell_size(tag) for tag in tags if cell_size(tag) >= 4)
    two = wide + sum(2 for tag in tags if cell_size(tag) == 2)
    ends = [wide, two, two + sum(1 for tag in tags if cell_size(tag) == 1)]
    at = {8: 0, 2: wide, 1: two}
    cells = {}
    for bit, tag in enumerate(tags):
        size = cell_size(tag)
        group = max(size, 8) if size >= 4 else size
        cells[tag] = (at[group], size, bit)
        at[group] += size
    return cells, ends + [ends[2] + -(-len(tags) // 8)]


def table_context(f, tags, rows, new_nid, wide_index=False, side=False):
    """rows: [{tag: value}], each with ROW_ID and ROW_VERSION -> (blocks, {nid: data})"""
    heap, subnodes = Heap(f, 0x7C, 0x40), {}
    cells, ends = layout(tags)
    width, size = ends[3], 4 if wide_index or f.word == 8 else 2
    header = heap.add(bytes(8))
    info = heap.add(bytes(22 + 8 * len(tags)))
    index = Bth(heap, 4, size, len(rows), header)
    inside = len(rows) * width <= MAX_ITEM
    matrix = 0 if not rows else heap.add(bytes(len(rows) * width)) if inside else 0x3F
    side_heaps = {tag: SimpleNamespace(heap=Heap(f, 0xA5, 0), known={})
                  for tag in SIDE if side and tag in tags and rows}
    packed_rows = []
    for row in rows:
        raw, bits = bytearray(ends[2]), 0
        for tag, value in row.items():
            offset, cell, bit = cells[tag]
            data = packed(f, tag, value)
            bits |= 1 << len(tags) - 1 - bit
            if not is_inline(tag) and cell != 8:
                data = struct.pack("<I", _cell(heap, data, side_heaps.get(tag), subnodes, new_nid))
            raw[offset:offset + cell] = data
        bits <<= -len(tags) % 8
        packed_rows.append(bytes(raw) + bits.to_bytes(width - ends[2], "big"))
    index.fill([(row[ROW_ID], number.to_bytes(size, "little")) for number, row in enumerate(rows)])
    descriptors = b"".join(struct.pack("<IHBB", tag, *cells[tag]) for tag in sorted(tags))
    heap.set(info, struct.pack("<BB4HIII", 0x7C, len(tags), *ends, header, matrix, 0) + descriptors)
    if rows and inside:
        heap.set(matrix, b"".join(packed_rows))
    elif rows:
        per = f.data_max // width
        blocks = [b"".join(packed_rows[at:at + per]) for at in range(0, len(rows), per)]
        subnodes[matrix] = [block.ljust(f.data_max, b"\0") for block in blocks[:-1]] + blocks[-1:]
    for tag, other in side_heaps.items():
        if other.known:
            subnodes[SIDE[tag]] = other.heap.blocks()
    return heap.blocks(), subnodes


def _cell(heap, data, side, subnodes, new_nid):
    if side is None or not data:
        return put(heap, data, subnodes, new_nid)
    if data not in side.known:
        side.known[data] = side.heap.add(data)
    return side.known[data]
