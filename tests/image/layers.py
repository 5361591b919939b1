"""judge_layers(store): are heaps, property contexts, tables and the messaging layer sound?  L1 to M7 of the format
description.  What other software than Outlook does differently is an error here all the same.
"""

import struct

from .disk import NESTING, Unreadable
from .format import fill_level, weak_crc
from .tables import FIXED, Heap, Table, property_context, u16, u32

CLIENTS = (0x6C, 0x7C, 0x8C, 0x9C, 0xA5, 0xAC, 0xB5, 0xBC, 0xCC)
KINDS = {**{kind: 0xBC for kind in (2, 3, 4, 5, 7, 8)},
         **{kind: 0x7C for kind in (0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0x10, 0x11, 0x12, 0x16, 0x17, 0x18, 0x19)}}
PROPERTY_CONTEXTS, QUEUES, ROW_ID, ROW_VERSION = (0x21, 0x61), (6, 1, 0x1F), 0x67F20003, 0x67F30003
STRINGS = (0x1E, 0x1F)
FRAME = (0x21, 0x61, 0x122, 0x12D, 0x12E, 0x12F, 0x1E1, 0x201, 0x60D, 0x60E, 0x60F, 0x610, 0x62B, 0x671, 0x692)
BUCKETS = 251
# cells that a row has and its object has not
ROW_ONLY = {0x0E17, 0x3013, 0x67F1, 0x67F2, 0x67F3, 0x0E30, 0x0E33, 0x0E34}
ROW_ONLY_OST = {0x0E38, 0x3008, 0x65E2, 0x65E3, 0x6612, 0x6623, 0x6628}


def judge_layers(store):
    return _Layers(store).judge()


class _Layers:
    def __init__(self, store):
        self.store, self.f = store, store.format
        self.complaints = []
        self.pcs, self.tables = {}, {}          # of the top-level nodes
        self.versions = []
        self.row_only = ROW_ONLY | ROW_ONLY_OST if store.header["wMagicClient"] == b"SO" else ROW_ONLY

    def error(self, code, text):
        self.complaints.append(("error", code, text))

    def judge(self):
        for nid, node in self.store.nodes.items():
            if node.data and nid & 31 not in QUEUES or nid in PROPERTY_CONTEXTS + (0xC01, 0xE01):
                self.node(f"node 0x{nid:x}", nid, node.data, node.sub, self.pcs, self.tables)
        if self.versions and max(self.versions) >= self.store.header["dwUnique"]:
            self.error("dwUnique", f"row version {max(self.versions)} is not below {self.store.header['dwUnique']}")
        self.folders()
        self.names()
        self.frame()
        return self.complaints

    def node(self, who, nid, data, sub, pcs, tables, depth=0):
        """A heap and all that hangs on it."""
        if depth > NESTING:
            return
        kind = KINDS.get(nid & 31, 0xBC if nid in PROPERTY_CONTEXTS else None)
        try:
            heap = Heap(self.store, data, sub)
            if kind and heap.client != kind and (kind, heap.client) != (0x7C, 0xAC):
                self.error("heap", f"{who} has client {heap.client:02x}")
                return
            self.heap(who, heap)
            if heap.client == 0xBC:
                pcs[nid] = self.context(who, heap, data, sub)
            elif heap.client == 0x7C:
                tables[nid] = self.table(who, Table(self.store, data, sub))
            inner_pcs, inner_tables = {}, {}
            for below, (d, s) in heap.subnodes.items():
                if below & 31 in KINDS and d:
                    self.node(f"{who}, subnode 0x{below:x}", below, d, s, inner_pcs, inner_tables, depth + 1)
        except (Unreadable, struct.error, IndexError) as why:
            self.error("heap", f"{who}: {why}")
            return
        if nid & 31 in (4, 8) and nid in pcs:
            self.message(who, pcs[nid], heap, inner_pcs, inner_tables)

    # L1 to L4 --------------------------------------------------------------------------------------------

    def heap(self, who, heap):
        blocks = heap.blocks
        if heap.client not in CLIENTS:
            self.error("heap", f"{who}: client {heap.client:02x}")
        for number, block in enumerate(blocks):
            head = 12 if number == 0 else 66 if number % 128 == 8 else 2
            at = u16(block, 0)
            count, free = u16(block, at), u16(block, at + 2)
            offsets = struct.unpack_from(f"<{count + 1}H", block, at + 4)
            sizes = [b - a for a, b in zip(offsets, offsets[1:])]
            if at % 2 or offsets[0] != head or any(size < 0 for size in sizes) or not 0 <= at - offsets[-1] <= 1:
                self.error("heap", f"{who}: the map of block {number} at {at} is wrong: {offsets[0]} ... {offsets[-1]}")
            if free != sum(size == 0 for size in sizes):
                self.error("heap", f"{who}: cFree {free}, {sum(size == 0 for size in sizes)} items are empty")
            level = fill_level(self.f, at + 4 + 2 * (count + 1))
            where = (0, 8, number) if number < 8 else ((number - 8) // 128 * 128 + 8, 2, (number - 8) % 128)
            said = blocks[where[0]][where[1] + where[2] // 2] >> 4 * (where[2] % 2) & 15
            if said != level:
                self.error("fill", f"{who}: fill level {said} of block {number}, not {level}")

    def bth(self, who, heap, hid, key, sizes):
        head = heap.item(hid)
        if head[0] != 0xB5 or head[1] != key or head[2] not in sizes:
            self.error("bth", f"{who}: BTH header {head.hex()}")
        records = heap.bth(hid)
        if any(a[0] >= b[0] for a, b in zip(records, records[1:])):
            self.error("bth", f"{who}: keys do not ascend")
        return records

    def context(self, who, heap, data, sub):
        for prop, record in self.bth(who, heap, heap.root, 2, (6,)):
            kind, hnid = u16(record, 0), u32(record, 2)
            if kind == 0x0B and hnid > 1:
                self.error("pc", f"{who}: bool {prop:04x} is {hnid}")
            elif FIXED.get(kind, 9) > 4:
                self.value(who, heap, prop, kind, hnid)
        return property_context(self.store, data, sub)[0]

    def value(self, who, heap, prop, kind, hnid):
        if not hnid:
            if kind in FIXED:
                self.error("pc", f"{who}: {prop:04x}{kind:04x} has no value")
            return
        value = heap.value(hnid)
        if kind in FIXED and len(value) != FIXED[kind] or kind == 0x1F and len(value) % 2:
            self.error("pc", f"{who}: {prop:04x}{kind:04x} has {len(value)} bytes")
        if not value:
            self.error("pc", f"{who}: {prop:04x}{kind:04x} refers to an empty item")
        if kind not in FIXED and kind not in STRINGS + (0x102, 0xFB, 0xFD, 0xFE) and not 0x1002 <= kind <= 0x1102:
            self.error("pc", f"{who}: {prop:04x} has the unknown type {kind:04x}")

    # L5, L6 ----------------------------------------------------------------------------------------------

    def table(self, who, table):
        self.bth(who, table.heap, table.index_hid, 4, (2, 4) if self.f.word == 4 else (4,))
        cols, ends = table.columns, table.ends
        tags = [column[0] for column in cols]
        if any(a >= b for a, b in zip(tags, tags[1:])):
            self.error("tc", f"{who}: columns are not in order")
        if sorted(ends) != ends or ends[3] != ends[2] + -(-len(cols) // 8):
            self.error("tc", f"{who}: ends of groups {ends}")
        if sorted(column[3] for column in cols) != list(range(len(cols))):
            self.error("tc", f"{who}: bits of the columns")
        at = 0
        for tag, offset, size, _ in sorted(cols, key=lambda column: column[1]):
            group = {8: (0, ends[0]), 4: (0, ends[0]), 2: (ends[0], ends[1]), 1: (ends[1], ends[2])}.get(size, (0, 0))
            if offset < at or not group[0] <= offset <= group[1] - size:
                self.error("tc", f"{who}: cell {tag:08x} at {offset} does not fit")
            at = offset + size
        if (ROW_ID, 0, 4, 0) not in cols or (ROW_VERSION, 4, 4, 1) not in cols:
            self.error("tc", f"{who}: columns of row id and version")
        if sorted(table.index.values()) != list(range(len(table.raw))):
            self.error("rows", f"{who}: {len(table.index)} in the index, {len(table.raw)} in the matrix")
        for key, cells in table.rows.items():
            if u32(cells.get(ROW_ID) or bytes(4), 0) != key:
                self.error("rows", f"{who}: row 0x{key:x} has another id")
            self.versions.append(u32(cells.get(ROW_VERSION) or bytes(4), 0))
        return table

    # M2 to M5 --------------------------------------------------------------------------------------------

    def folders(self):
        children = {}
        for nid, node in self.store.nodes.items():
            if node.parent and node.parent != nid and nid & 31 in (2, 3, 4, 8):
                children.setdefault((node.parent, nid & 31 if nid & 31 != 3 else 2), set()).add(nid)
        for nid, node in self.store.nodes.items():
            if nid & 31 != 2:
                continue
            who, seen = f"folder 0x{nid:x}", set()
            while node and node.parent != node.nid and node.nid not in seen:
                seen.add(node.nid)
                node = self.store.nodes.get(node.parent)
            if node is None or node.nid != 0x122:
                self.error("parent", f"{who} has no way to the root")
            rows = {}
            for kind, child in ((0x0D, 2), (0x0E, 4), (0x0F, 8)):
                table = self.tables.get(nid & ~31 | kind)
                rows[kind] = table.rows if table else {}
                if table is None:
                    self.error("folder", f"{who} has no table of type {kind:x}")
                elif set(rows[kind]) != children.get((nid, child), set()):
                    self.error("folder", f"{who}: rows of table {kind:x} are not its children")
                for key, cells in rows[kind].items():
                    self.row(f"{who}, row 0x{key:x}", cells, self.pcs.get(key), table)
            self.counts(who, self.pcs.get(nid), rows)

    def counts(self, who, pc, rows):
        if pc is None:
            self.error("folder", f"{who} has no properties")
            return
        unread = sum(not cells.get(0x0E070003, b"\1")[0] & 1 for cells in rows[0x0E].values())
        for tag, want in ((0x36020003, len(rows[0x0E])), (0x36030003, unread), (0x360A000B, int(bool(rows[0x0D])))):
            have = int.from_bytes(pc.get(tag) or b"", "little")
            if have != want:
                self.error("counts", f"{who}: {tag:08x} is {have}, not {want}")
        if not any(0x30010000 | kind in pc for kind in STRINGS):
            self.error("folder", f"{who} has no name")

    def row(self, who, cells, pc, table):
        if pc is None:
            self.error("row", f"{who}: no such object")
            return
        for tag in {column[0] for column in table.columns if column[0] >> 16 not in self.row_only}:
            if cells.get(tag) != pc.get(tag):
                severity = "note" if tag >> 16 == 0x0E08 else "error"       # sizes are stale in sound files
                self.complaints.append((severity, "row", f"{who}: cell {tag:08x} differs from the object's"))

    def message(self, who, pc, heap, pcs, tables):
        ids = {tag >> 16 for tag in pc}
        missing = {0x001A, 0x0E07, 0x0E08, 0x3007, 0x300B} - ids
        if missing:
            self.error("message", f"{who} lacks {', '.join(f'{prop:04x}' for prop in sorted(missing))}")
        attachments = {nid for nid in heap.subnodes if nid & 31 == 5}
        rows = tables[0x671].rows if 0x671 in tables else {}
        if set(rows) != attachments:
            self.error("attachments", f"{who}: rows of the attachment table are not the attachments")
        if bool(u32(pc.get(0x0E070003) or bytes(4), 0) & 0x10) != bool(attachments):
            self.error("attachments", f"{who}: the flag and the attachments disagree")
        for nid in attachments & set(rows):
            self.row(f"{who}, attachment 0x{nid:x}", rows[nid], pcs.get(nid), tables[0x671])
            if not {0x0E20, 0x3705, 0x370B} <= {tag >> 16 for tag in pcs.get(nid, ())}:
                self.error("attachments", f"{who}: attachment 0x{nid:x} lacks a property")

    # M1, M6, M7 ------------------------------------------------------------------------------------------

    def frame(self):
        """The nodes every store has, and the entry ids in the store object of a PST."""
        for nid in FRAME:
            if nid not in self.store.nodes:
                self.error("frame", f"no node 0x{nid:x}")
        pc = self.pcs.get(0x21, {})
        key = pc.get(0x0FF90102) or b""
        if len(key) != 16:
            self.error("store", "the store has no record key")
        for tag in (0x35E00102, 0x35E30102, 0x35E60102, 0x35E70102):
            entry = pc.get(tag)
            if entry and (entry[:20] != bytes(4) + key or u32(entry, 20) not in self.store.nodes):
                self.error("store", f"entry id {tag:08x} names nothing: {entry.hex()}")

    def names(self):
        """Every name stands in the entry stream, and again in the bucket of its hash."""
        pc = self.pcs.get(0x61)
        if pc is None:
            return
        entries = list(struct.iter_unpack("<IHH", pc.get(0x00030102) or b""))
        strings, guids = pc.get(0x00040102) or b"", len(pc.get(0x00020102) or b"") // 16
        buckets = {}
        for tag, value in pc.items():
            if 0x1000 <= tag >> 16 < 0x1000 + BUCKETS:
                buckets[tag >> 16] = list(struct.iter_unpack("<IHH", value))
        if pc.get(0x00010003) != struct.pack("<I", BUCKETS):
            self.error("names", "the count of buckets is not 251")
        for place, (first, word, index) in enumerate(entries):
            if index != place or word >> 1 >= guids + 3:
                self.error("names", f"entry {place} is that of {index}, GUID {word >> 1}")
            if word & 1:
                size = u32(strings, first)
                first = weak_crc(strings[first + 4:first + 4 + size])
            if (first, word, index) not in buckets.get(0x1000 + (first ^ word) % BUCKETS, ()):
                self.error("names", f"entry {place} is not in its bucket")
        if sum(map(len, buckets.values())) != len(entries):
            self.error("names", f"{sum(map(len, buckets.values()))} names in buckets, {len(entries)} entries")
