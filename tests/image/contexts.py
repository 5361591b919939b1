"""Heaps, trees on them, property contexts and tables, each judged by itself (section 4 of the format description).

What is wrong goes to `say(code, text, tag=0, count=0)`.  Nothing here raises: what is not there is a complaint, and
what cannot be known, in a block that is damaged or whose page map is impossible, is not judged.
"""

import struct
from collections import Counter
from itertools import pairwise

from .disk import DEPTH, Unreadable
from .format import fill_level
from .known import column_type, right_type
from .tables import FIXED, u16, u32

INLINE = (0x0002, 0x0003, 0x0004, 0x000A, 0x000B)
STRINGS, OBJECT, BOOL = (0x001E, 0x001F), 0x000D, 0x000B
ENCODINGS = {0x001F: "utf-16-le", 0x001E: "latin-1"}
VARIABLE = (0x001E, 0x001F, 0x0102, 0x00FB, 0x00FD, 0x00FE)
MULTIPLE = {0x1000 | kind: FIXED[kind] for kind in (2, 3, 4, 5, 6, 7, 0x14, 0x40, 0x48)}
LISTS = (0x101E, 0x101F, 0x1102)
TYPES = {*FIXED, *VARIABLE, *MULTIPLE, *LISTS}
ROW_ID, ROW_VERSION = 0x67F20003, 0x67F30003
KNOWN, TYPE_ONLY = 128, "a column of another type"      # a fault, and what is said where it is the only one
SIGNATURE, PC, TC, COLUMNS_APART, COLUMN = 0xEC, 0xBC, 0x7C, 0xAC, 0xA5
_MAIL = "00170003 001A001F 00360003 0037001F 0042001F 0057000B 0058000B 0E03001F 0E04001F 0E060040 0E070003 0E080003 0E170003"
# columns of the tables of all files, by the type of their nodes
REQUIRED = {kind: [int(tag, 16) for tag in tags.split()] for kind, tags in {
    0x0B: "001A001F 66050003", 0x0C: "00390040 0E100003 0E140003", 0x0D: "3001001F 36020003 36030003 360A000B",
    0x0E: _MAIL, 0x10: _MAIL + " 0E05001F 67F10003",
    0x0F: "001A001F 0E070003 0E170003 3001001F 6800001F 6803000B 68051003 70030003 70040102 70050102 7006001F 70070003",
    0x11: "0E200003 3704001F 37050003 370B0003",
    0x12: "0C150003 0E0F000B 0FF90102 0FFE0003 0FFF0102 3001001F 3002001F 3003001F 300B0102 39000003 39FF001F 3A40000B",
}.items()}


class Heap:
    """A heap on a node.  None stands for what is not there; Unreadable is raised for what cannot be known."""

    def __init__(self, store, data, sub):
        self.store, self.f = store, store.format
        self.subnodes = store.subnodes(sub)
        self.blocks = list(store.parts(data))
        first = self.blocks[0] if self.blocks else b""
        self.client = first[3] if len(first) >= 12 and first[2] == SIGNATURE else None
        self.root = u32(first, 4) if self.client is not None else 0
        self.maps = [self._map(block, head_size(number)) for number, block in enumerate(self.blocks)]
        self.whole = None not in self.maps

    def _map(self, block, head):
        """Offsets of the items of a block and of their end; None when they are impossible."""
        at = u16(block, 0) if len(block) >= 2 else len(block)
        count = u16(block, at) if at + 4 <= len(block) else 0
        if count >= 1 << self.f.hid_bits or at + 4 + 2 * (count + 1) > len(block):
            return None
        offsets = struct.unpack_from(f"<{count + 1}H", block, at + 4)
        return offsets if list(offsets) == sorted(offsets) and head <= offsets[0] and offsets[-1] <= at else None

    def item(self, hid):
        number, index = hid >> 5 + self.f.hid_bits, hid >> 5 & (1 << self.f.hid_bits) - 1
        if hid & 31 or not index or number >= len(self.blocks):
            return None
        offsets = self.maps[number]
        if offsets is None:
            raise Unreadable(f"no page map for heap item 0x{hid:x}")
        return self.blocks[number][offsets[index - 1]:offsets[index]] if index < len(offsets) else None

    def items(self):
        """The ids of all items that are not empty, as far as page maps tell."""
        return [number << 5 + self.f.hid_bits | index << 5 for number, offsets in enumerate(self.maps)
                for index, (a, b) in enumerate(pairwise(offsets or ()), 1) if a < b]

    def parts(self, hnid):
        """A value block by block: that of an item is one."""
        if not hnid & 31:
            item = self.item(hnid)
            return None if item is None else [item]
        return list(self.store.parts(self.subnodes[hnid][0])) if hnid in self.subnodes else None

    def value(self, hnid):
        parts = self.parts(hnid)
        return None if parts is None else b"".join(parts)


def head_size(number):
    return 12 if number == 0 else 66 if number % 128 == 8 else 2


def judge_heap(say, heap):
    for number, (block, offsets) in enumerate(zip(heap.blocks, heap.maps)):
        where = f"heap block {number}"
        if offsets is None:
            say("HEAP_MAP", f"{where}: its page map is impossible")
            continue
        at = u16(block, 0)
        gap = offsets[0] - head_size(number) + max(0, at - offsets[-1] - 1)
        if gap:
            say("HEAP_GAP", f"{where}: {offsets[0]} ... {offsets[-1]}, map at {at}", count=gap)
        freed, empty = u16(block, at + 2), sum(a == b for a, b in pairwise(offsets))
        if freed != empty:
            say("HEAP_FREED", f"{where}: cFree {freed}, {empty} items are empty")
        level, said = fill_level(heap.f, at + 4 + 2 * len(offsets)), _fill_level(heap, number)
        if said != level:
            say("HEAP_FILL", f"{where}: fill level {said}, not {level}")


def _fill_level(heap, number):
    """What the heap says: in its first block for eight blocks, in every 128th of the others for as many."""
    holder, at, place = (0, 8, number) if number < 8 else ((number - 8) // 128 * 128 + 8, 2, (number - 8) % 128)
    byte = heap.blocks[holder][at + place // 2:][:1]
    return byte[0] >> 4 * (place % 2) & 15 if byte else None


# trees -----------------------------------------------------------------------------------------------------


def tree_head(heap, hid, key, sizes):
    """(key, size, levels, root) when the item is the header of such a tree.  No tree needs more than a few levels."""
    head = heap.item(hid)
    if not head or len(head) < 8 or head[0] != 0xB5 or head[1] != key or head[2] not in sizes or head[3] > DEPTH:
        return None
    return head[1], head[2], head[3], u32(head, 4)


class Tree:
    """`records` [(key, value)] of a BTH in their order; `whole` when none is lost, `sound` when nothing is wrong.

    Keys of 2 and 4 bytes are numbers.  Those of 8 and 16 bytes, ids and GUIDs, are sorted as strings of bytes."""

    def __init__(self, say, heap, head):
        self.heap, self.records, self.sound, self.whole, self.seen, self.say = heap, [], True, True, set(), say
        self.key, self.size, levels, root = head
        if root:
            self._walk(root, levels)
        keys = [key for key, _ in self.records]
        falls, twice = sum(a > b for a, b in pairwise(keys)), len(keys) - len(set(keys))
        if falls:
            self._fault("BTH_ORDER", "keys do not ascend", falls)
        if twice:
            self._fault("BTH_DUPLICATE", "keys occur twice", twice)

    def _fault(self, code, text, count=0):
        self.sound = False
        self.say(code, text, count=count)

    def _walk(self, hid, level):
        """-> the first key"""
        step = self.key + (4 if level else self.size)
        try:
            data = None if hid in self.seen else self.heap.item(hid)
        except Unreadable:
            self.sound = self.whole = False
            return None
        self.seen.add(hid)
        if data is None or len(data) % step:
            self.whole = False
            self._fault("BTH_ITEM", f"item 0x{hid:x} is {'missing or met again' if data is None else 'cut'}")
        order = "little" if self.key <= 4 else "big"
        records = [(int.from_bytes(data[at:at + self.key], order), data[at + self.key:at + step])
                   for at in range(0, len(data or b"") - step + 1, step)]
        if not level:
            self.records += records
        for key, below in records if level else ():
            first = self._walk(u32(below, 0), level - 1)
            if first not in (None, key):
                self._fault("BTH_KEY", f"item 0x{u32(below, 0):x} begins with {first:x}, not {key:x}")
        return records[0][0] if records else None


# values ----------------------------------------------------------------------------------------------------


def fits(kind, value):
    """Can a value of this type have these bytes?"""
    if kind in FIXED:
        return len(value) == FIXED[kind]
    if kind in MULTIPLE:
        return len(value) % MULTIPLE[kind] == 0
    if kind in LISTS and value:
        count = u32(value, 0) if len(value) >= 4 else len(value)
        if 4 + 4 * count > len(value):
            return False
        offsets = [*struct.unpack_from(f"<{count}I", value, 4), len(value)]
        return (offsets == sorted(offsets) and (not count or offsets[0] >= 4 + 4 * count)
                and not (kind == 0x101F and any((b - a) % 2 for a, b in pairwise(offsets))))
    return kind != 0x1F or len(value) % 2 == 0


def text_of(values, prop):
    """(tag, text) of a string, rather in Unicode; (0, None) when there is none to read."""
    for kind, encoding in ENCODINGS.items():
        value = values.get(prop << 16 | kind)
        if value is not None:
            return prop << 16 | kind, value.decode(encoding, "replace")
    return 0, None


class Properties:
    """`values` {tag: bytes, or None when they are not there or impossible}; `named`: subnodes that it names."""

    def __init__(self, heap):
        self.heap, self.values, self.named, self.sound = heap, {}, set(), heap.whole

    def number(self, tag):
        value = self.values.get(tag)
        return None if value is None else int.from_bytes(value, "little")

    def has(self, prop, *kinds):
        return any(tag >> 16 == prop and (not kinds or tag & 0xFFFF in kinds) for tag in self.values)


def judge_properties(say, heap, known=False):
    """-> Properties, or None when there is no property context; known: properties have the types that their ids say"""
    out = Properties(heap)
    try:
        head = heap.client == PC and tree_head(heap, heap.root, 2, (6,))
    except Unreadable:
        head = ()
    if head in (None, False):
        say("PC_UNREADABLE", "no property context")
        return None
    judge_heap(say, heap)
    if not head:
        return out
    leaf = 0 if head[3] else _records_apart(heap)
    if leaf:
        say("BTH_ROOT", f"its tree leads to nothing, item 0x{leaf:x} has records")
        head = (*head[:2], 0, leaf)
    tree = Tree(say, heap, head)
    out.sound &= tree.sound and (bool(tree.records) or _is_empty(say, heap, {heap.root} | tree.seen))
    records = {prop: struct.unpack("<HI", record) for prop, record in reversed(tree.records)}
    for prop, record in tree.records:
        kind, hnid = struct.unpack("<HI", record)
        if known and kind in TYPES:
            kind = _judge_type(say, heap, prop, kind, hnid, records)
        tag = prop << 16 | kind
        try:
            out.values[tag] = _property(say, heap, tag, record[2:], hnid, out.named)
        except Unreadable:
            out.values[tag] = None
    return out


def _records_apart(heap):
    """The largest item that can only be the records of properties, sorted and with their values; 0 when none is."""
    found = [hid for hid in heap.items() if hid != heap.root and _are_records(heap, heap.item(hid))]
    return max(found, key=lambda hid: len(heap.item(hid)), default=0)


def _are_records(heap, data):
    records, wrong = list(struct.iter_unpack("<HHI", data[:len(data) // 8 * 8])), set()
    for prop, kind, hnid in records:
        try:
            _property(lambda code, *_: wrong.add(code), heap, prop << 16 | kind, struct.pack("<I", hnid), hnid, set())
        except Unreadable:                              # it is there, though damaged
            pass
    return not len(data) % 8 and not wrong & {"PC_TYPE", "PC_VALUE_MISSING"} \
        and all(a[0] < b[0] for a, b in pairwise(records))


def _is_empty(say, heap, named):
    """Is the heap of what has no records as empty as they say?"""
    rest = set(heap.items()) - named
    if rest:
        say("BTH_EMPTY", f"no records, but nothing names {len(rest)} items", count=len(rest))
    return not rest


def _judge_type(say, heap, prop, kind, hnid, records):
    """The type that it is taken for."""
    try:
        right = right_type(heap.f, heap, prop, kind, hnid, records)
    except Unreadable:
        return kind
    if right is None:
        say("PC_TYPE_UNFIT", f"{prop:04x} is of type {kind:04x}: {hnid:x}", prop << 16 | kind)
    elif right != kind:
        say("PC_TYPE_WRONG", f"{prop:04x} is of type {kind:04x}, not {right:04x}", prop << 16 | kind)
    return right or kind


def _property(say, heap, tag, raw, hnid, named):
    """The bytes of a property, None with a complaint."""
    kind = tag & 0xFFFF
    if kind not in INLINE and hnid & 31:
        named.add(hnid)
    if kind not in TYPES:
        return say("PC_TYPE", f"type {kind:04x} of {tag:08x}", tag)
    if kind == BOOL and hnid > 1:
        say("PC_BOOL", f"{tag:08x} is {hnid:x}", tag)
    if kind in INLINE:
        return raw[:FIXED[kind]]
    if not hnid and kind not in FIXED:
        return b""
    value = heap.value(hnid)
    if value is None:
        return say("PC_VALUE_MISSING", f"{tag:08x} is 0x{hnid:x}, which is not there", tag)
    if not fits(kind, value):
        return say("PC_VALUE_SIZE", f"{tag:08x} has {len(value)} bytes: {value[:40].hex()}", tag)
    if kind == OBJECT:
        named.add(u32(value, 0))
        if u32(value, 0) not in heap.subnodes:
            return say("PC_OBJECT", f"{tag:08x}: no subnode 0x{u32(value, 0):x}", tag)
    return value


# tables ----------------------------------------------------------------------------------------------------


class Table:
    """`columns` (tag, place, width, bit); `rows` {row id: {tag: bytes or None}}, cells that do not exist left out;
    `versions` [(row id, version)]; `named`: subnodes that it names."""

    def __init__(self, heap):
        self.heap, self.columns, self.rows, self.versions, self.named = heap, [], {}, [], set()
        self.sound = heap.whole


def judge_table(say, heap, kind, side=None, alone=False):
    """-> Table, or None when there is none.

    kind: type of its node; side: {tag: heap of the cells of this column}; alone: does nothing else tell of its rows?"""
    out = Table(heap)
    try:
        info = heap.item(heap.root) if heap.client == TC else None
        if info and len(info) >= 22 and info[0] == TC and len(info) >= 22 + 8 * info[1]:
            *ends, index, matrix = struct.unpack_from("<4H2I", info, 2)
            head = tree_head(heap, index, 4, (2, 4))
        else:
            head = None
    except Unreadable:
        judge_heap(say, heap)
        return out
    if not head:
        say("TC_UNREADABLE", "no table")
        return None
    judge_heap(say, heap)
    room = (len(info) - 22) // 8
    out.columns = [struct.unpack_from("<IHBB", info, 22 + 8 * i) for i in range(min(room, 255))]
    if room != info[1]:
        say("TC_COLUMN_COUNT", f"{info[1]} columns, room for {room}")
        faults = column_faults(heap.f, out.columns, ends)
        if room > 255 or not ends_right(out.columns, ends) or any(c[0] in faults for c in out.columns[info[1]:]):
            del out.columns[info[1]:]
    return _judge_rows(say, out, kind, ends, matrix, head, side or {}, {heap.root, index} if alone else None)


def judge_apart(say, heap, column):
    """The same of a table of results whose columns are in a subnode, and have heaps of their own: column(nid) is such a
    heap, None when it cannot be relied on."""
    out, side = Table(heap), {}
    try:
        info = heap.item(heap.root)
        nid = columns_of(info, heap)
        count = u16(info, 22) if nid else 0
        listed = heap.value(nid) if nid else b""
        *ends, index, matrix = struct.unpack_from("<4H2I", info, 2) if nid else [0] * 6
        head = tree_head(heap, index, 4, (2, 4)) if nid and count <= 255 and len(listed) >= 16 * count else None
    except Unreadable:
        return None
    if not head:
        return say("TC_UNREADABLE", "no table with columns apart")
    out.named |= {nid}
    for i in range(count):
        kind, prop, place, width, bit, _, own = struct.unpack_from("<6HI", listed, 16 * i)
        out.columns.append((prop << 16 | kind, place, width, bit))
        if own:
            out.named.add(own)
            side[prop << 16 | kind] = column(own)
    return _judge_rows(say, out, 0x10, ends, matrix, head, side)


def ends_right(columns, ends):
    return ends == sorted(ends) and ends[3] == ends[2] + -(-len(columns) // 8)


def _judge_rows(say, out, kind, ends, matrix, head, side, alone=None):
    heap, tags = out.heap, {column[0] for column in out.columns}
    faults = column_faults(heap.f, out.columns, ends)
    missing = []
    for tag in REQUIRED.get(kind, ()) if not faults else ():
        own = tag & ~0xFFFF | heap.f.string if tag & 0xFFFF in STRINGS else tag
        if not tags & {own, own ^ 1 if own & 0xFFFF in STRINGS else own}:
            missing.append(own)
    if missing:
        say("TC_COLUMN_MISSING", f"no column {missing[0]:08x}", missing[0], len(missing))
    for tag, fault in faults.items():
        say(TYPE_ONLY if fault == KNOWN else "TC_COLUMN", f"column {tag:08x}: faults {fault}", tag)
    tree = Tree(say, heap, head)
    out.sound &= tree.sound and not faults
    if alone is not None and not head[3] and not matrix and not _is_empty(say, heap, alone):
        out.sound = False
    if not ends_right(out.columns, ends):
        say("TC_ENDS", f"ends {ends} for {len(out.columns)} columns")
        out.sound = False
        return out
    out.named |= {matrix} if matrix & 31 else set()
    rows = _matrix(say, out, matrix, ends[3])
    numbers = [(key, int.from_bytes(number, "little")) for key, number in tree.records]
    indexed = rows is not None and _index(say, rows, numbers, tree.whole, ROW_ID not in faults)
    out.sound &= indexed
    denied = sum(row[ends[2]] & 0xC0 != 0xC0 for row in rows) if rows and indexed and not faults else 0
    if denied:
        say("TC_ROW_BITS", f"{denied} of {len(rows)} rows have no id or version by their bits", count=denied)
    for key, number in sorted(numbers, key=lambda pair: pair[1]) if rows and not faults else ():
        if number < len(rows):
            out.rows[key] = _cells(say, out, key, rows[number], ends[2], side)
    return out


def columns_of(info, heap):
    """The subnode with the columns of a table whose columns have heaps of their own; None when there is none."""
    nid = u32(info, 24) if info and len(info) >= 40 and info[0] == COLUMNS_APART else 0
    return nid if nid in heap.subnodes else None


def column_faults(f, columns, ends):
    """{tag: sum of faults}; of two columns at one place or with one bit, the latter has the fault"""
    out, taken, bits, last = {}, set(), set(), -1
    groups = {8: (0, ends[0]), 4: (0, ends[0]), 2: (ends[0], ends[1]), 1: (ends[1], ends[2])}
    for tag, place, width, bit in columns:
        kind, cells = tag & 0xFFFF, set(range(place, place + width))
        usual = FIXED[kind] if FIXED.get(kind, 9) <= 8 and kind != OBJECT else 4
        low, high = groups.get(usual, (0, 0))
        impossible = 2 * (kind not in TYPES) + 4 * (width != usual) + 8 * (place < low or place + usual > high)
        first = {ROW_ID: (0, 0), ROW_VERSION: (4, 1)}.get(tag, (place, bit))
        fault = ((tag <= last) + impossible + 16 * bool(cells & taken) + 32 * (bit >= len(columns) or bit in bits)
                 + 64 * ((place, bit) != first) + KNOWN * (kind in TYPES and column_type(f, tag, width) != kind))
        if fault:
            out[tag] = out.get(tag, 0) | fault
        last = tag
        bits.add(bit)
        taken |= set() if impossible else cells
    tags = [column[0] for column in columns]
    out.update({tag: 64 for tag in (ROW_ID, ROW_VERSION) if tag not in tags})
    return out


def _matrix(say, table, hnid, width):
    """The rows, or None when they are not known."""
    if not hnid:
        return []
    try:
        parts = table.heap.parts(hnid)
    except Unreadable:
        return None
    if parts is None:
        return say("TC_MATRIX", f"no rows 0x{hnid:x}")
    per = table.heap.f.data_max // width if hnid & 31 else 1 << 16
    counts = [min(len(part) // width, per) for part in parts]
    rest = len(parts[-1]) - counts[-1] * width if parts else 0
    if rest:
        table.sound = False
        say("TC_ROW_SIZE", f"{rest} bytes behind the rows of {width}", count=rest)
    return [part[i * width:(i + 1) * width] for part, count in zip(parts, counts) for i in range(count)]


def _index(say, rows, numbers, whole, ids):
    """Row index and rows; -> are they one to one?  whole: no record is lost; ids: rows have their ids in place.

    That a row does not have both of two ids goes without saying."""
    times = Counter(number for _, number in numbers)
    counts = {"TC_ROW_MISSING": sum(number >= len(rows) for _, number in numbers),
              "TC_ROW_TWICE": sum(count > 1 for count in times.values()),
              "TC_ROW_UNNAMED": whole and sum(number not in times for number in range(len(rows))),
              "TC_ROW_ID": ids and sum(number < len(rows) and times[number] == 1 and u32(rows[number], 0) != key
                                       for key, number in numbers)}
    for code, count in counts.items():
        if count:
            say(code, f"{count} of {len(rows)} rows, {len(numbers)} in the index", count=count)
    return whole and not any(counts.values())


def _cells(say, table, key, row, bits, side):
    out = {}
    for tag, place, width, bit in table.columns:
        if not row[bits + bit // 8] & 0x80 >> bit % 8:
            continue
        raw, kind = row[place:place + width], tag & 0xFFFF
        out[tag] = raw
        if kind not in INLINE and FIXED.get(kind, 9) > 8 or kind == OBJECT:
            out[tag] = _far_cell(say, table, key, tag, u32(raw, 0), side.get(tag, table.heap))
    if out.get(ROW_VERSION) is not None:
        table.versions.append((key, u32(out[ROW_VERSION], 0)))
    return out


def _far_cell(say, table, key, tag, hnid, heap):
    """A cell whose value is in a heap or a subnode."""
    kind = tag & 0xFFFF
    if not hnid and kind not in FIXED:
        return b""
    if heap is None:                                    # of another kind, or not to be read
        return None
    if hnid & 31 and heap is table.heap:
        table.named.add(hnid)
    try:
        value = heap.value(hnid)
    except Unreadable:
        return None
    if value is None or not fits(kind, value):
        return say("TC_CELL", f"row 0x{key:x}: {tag:08x} is 0x{hnid:x}: {value and value[:20].hex()}", tag)
    if kind == OBJECT:
        table.named.add(u32(value, 0))
    return value
