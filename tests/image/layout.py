"""Writer: nodes and blocks in, bytes of a file out.

Blocks and pages get ids and places in the order of writing and never move; commit() writes the two trees for the
nodes as they are at that moment.  What an earlier commit wrote and the last one no longer needs stays in the file
as free space with stale contents, just as Outlook leaves it.  Tree pages that did not change are used again.
"""

import struct
import zlib

from . import format as F

# node types whose marks start high, and the marks that move together with [2] and [3]
MARKS = {3: 0x4000, 4: 0x10000, 8: 0x8000}
MIRRORS = {2: (13, 14, 15), 3: (6, 7, 16)}
MAP_MIRRORS = {**MIRRORS, 2: (13, 14, 15, 20, 21)}      # of stores with the ids of a server


class Writer:
    """f: format; leaf_fill, x_fill, sl_fill: entries in a tree page, XBLOCK, SLBLOCK at most; sections: spread over."""

    def __init__(self, f, crypt=1, compress=False, leaf_fill=None, x_fill=None, sl_fill=None, sections=None,
                 magic=None, server_ids=False):
        self.f, self.crypt, self.compress, self.leaf_fill = f, crypt, compress, leaf_fill
        self.server_ids = server_ids
        self.x_fill = x_fill or f.xblock_max
        self.sl_fill = sl_fill or (f.data_max - f.sl_head) // f.sl_size
        self.sections, self.magic = sections or 1, magic or f.magic_client
        self.nodes = {}                 # nid -> (data, sub, parent)
        self.blocks = {}                # bid -> (stored bytes, inflated size, bids referred to)
        self.places = {}                # bid -> ib
        self.entries = {}               # what the last commit put into the BBT: bid -> count of references + 1
        self.tree_pages = {}            # (kind, body) -> (bid, ib) of the last commit
        self.roots = {}
        self.extents = []               # (ib, bytes) of everything ever written
        self.marks = [MARKS.get(t, 0x400) for t in range(32)]
        self.next_bid, self.next_page, self.unique = 4, 1, 1
        self.at = f.first_amap

    # ids -------------------------------------------------------------------------------------------------

    def new_nid(self, kind):
        self.marks[kind] += 1
        for other in (MAP_MIRRORS if self.server_ids else MIRRORS).get(kind, ()):
            self.marks[other] = self.marks[kind]
        return self.marks[kind] << 5 | kind

    def new_version(self):
        self.unique += 1
        return self.unique

    # blocks ----------------------------------------------------------------------------------------------

    def block(self, data, refers=None):
        """One block; with `refers`, a list of ids, an internal one."""
        bid = self.next_bid | (0 if refers is None else 2)
        self.next_bid += 4
        return self.fill(bid, data, refers)

    def fill(self, bid, data, refers=None):
        """What is in a block, as long as it is not written."""
        f = self.f
        assert 0 < len(data) <= f.data_max and bid not in self.places
        stored = data if refers is not None else F.encode(data, self.crypt, bid)
        if self.compress:
            small = zlib.compress(stored, 6)
            if f.disk_size(len(small)) < f.disk_size(len(stored)):
                stored = small
        self.blocks[bid] = (stored, len(data), [r for r in refers or () if r])
        return bid

    def data(self, what):
        """Bytes, or a list of blocks, -> the id of a data tree; nothing -> 0."""
        full = self.f.data_max
        parts = what if isinstance(what, list) else [what[at:at + full] for at in range(0, len(what), full)]
        return self.tree([(self.block(part), len(part)) for part in parts])

    def tree(self, leaves):
        """[(id, size)] of data blocks -> the id of the XBLOCK or XXBLOCK above them."""
        for level, fill in ((1, self.x_fill), (2, self.f.xblock_max)):
            if len(leaves) < 2:
                break
            leaves = [self._xblock(leaves[at:at + fill], level) for at in range(0, len(leaves), fill)]
        assert len(leaves) < 2, "more than an XXBLOCK holds"
        return leaves[0][0] if leaves else 0

    def _xblock(self, part, level):
        bids, total = [bid for bid, _ in part], sum(size for _, size in part)
        return self.block(struct.pack(f"<BBHI{len(bids)}{self.f.W}", 1, level, len(bids), total, *bids), bids), total

    def subnodes(self, entries):
        """{nid: (data id, sub id)} -> the id of an SLBLOCK or SIBLOCK; nothing -> 0."""
        rows = sorted((nid, data, sub) for nid, (data, sub) in entries.items())
        lists = []
        for at in range(0, len(rows), self.sl_fill):
            part = rows[at:at + self.sl_fill]
            bid = self.block(self.sl(0, part), [x for _, data, sub in part for x in (data, sub)])
            lists.append((part[0][0], bid))
        if len(lists) > 1:
            return self.block(self.sl(1, lists), [bid for _, bid in lists])
        return lists[0][1] if lists else 0

    def sl(self, level, rows):
        head = struct.pack("<BBH", 2, level, len(rows)).ljust(self.f.sl_head, b"\0")
        return head + b"".join(struct.pack(f"<{len(row)}{self.f.W}", *row) for row in rows)

    def weight(self, bid):
        """Bytes of all external blocks below a reference."""
        if not bid:
            return 0
        _, size, refers = self.blocks[bid]
        return sum(map(self.weight, refers)) if bid & 2 else size

    # places ----------------------------------------------------------------------------------------------

    def section(self, ib):
        return (ib - self.f.first_amap) // self.f.interval

    def place(self, raw, size, align):
        """Write raw(ib) to the next free place that fits; -> ib"""
        f = self.f
        while True:
            k = self.section(self.at)
            first = max(ib for _, ib in f.maps(k)) + f.page
            ib = F.ceil_to(max(self.at, first), align)
            if ib + size <= f.amap(k + 1):
                break
            self.at = f.amap(k + 1)
        self.at = ib + size
        self.extents.append((ib, raw(ib)))
        return ib

    def place_block(self, bid):
        stored, inflated, _ = self.blocks[bid]
        size = self.f.disk_size(len(stored))
        body = stored.ljust(size - self.f.block_tail, b"\0")
        self.places[bid] = self.place(lambda ib: body + F.block_trailer(self.f, ib, bid, stored, inflated),
                                      size, self.f.align)

    def place_page(self, kind, body):
        bid = self.next_page
        self.next_page += 1
        return bid, self.place(lambda ib: body + F.page_trailer(self.f, kind, ib, bid, body), self.f.page, self.f.page)

    # trees -----------------------------------------------------------------------------------------------

    def commit(self):
        f = self.f
        counts, queue = {}, [bid for data, sub, _ in self.nodes.values() for bid in (data, sub) if bid]
        while queue:
            bid = queue.pop()
            if bid not in counts:
                counts[bid] = 1
                queue += self.blocks[bid][2]
            counts[bid] += 1
        self.entries = counts
        fresh = [bid for bid in sorted(counts) if bid not in self.places]
        for i, bid in enumerate(fresh):
            if not self.roots:
                self.at = max(self.at, f.amap(i * self.sections // len(fresh)))
            self.place_block(bid)
        nodes = [(nid, self._node(nid, *node)) for nid, node in sorted(self.nodes.items())]
        blocks = [(bid, self._entry(bid)) for bid in sorted(counts)]
        before, self.tree_pages = self.tree_pages, {}
        self.roots = {kind: self.btree(kind, entries, before) for kind, entries in ((F.BBT, blocks), (F.NBT, nodes))}

    def _node(self, nid, data, sub, parent):
        return struct.pack(f"<3{self.f.W}I", nid, data, sub, parent).ljust(self.f.node_size, b"\0")

    def _entry(self, bid):
        f, (stored, inflated, _) = self.f, self.blocks[bid]
        sizes = (len(stored), inflated) if f.compresses else (len(stored),)
        head = struct.pack(f"<2{f.W}", bid, self.places[bid])
        return (head + struct.pack(f"<{len(sizes) + 1}H", *sizes, self.entries[bid])).ljust(f.block_size, b"\0")

    def btree(self, kind, entries, before):
        """[(key, entry)] -> (bid, ib) of the root"""
        f, level = self.f, 0
        while True:
            most = f.entry_max(kind, level)
            fill = min(max(2, self.leaf_fill), most) if self.leaf_fill else most * 9 // 10
            links = []
            for at in range(0, max(1, len(entries)), fill):
                part = entries[at:at + fill]
                body = b"".join(entry for _, entry in part).ljust(f.meta, b"\0")
                meta = "<BBBB" if f.count == 1 else "<HHBB"
                body += struct.pack(meta, len(part), most, f.entry_size(kind, level), level)
                body = body.ljust(f.page_data, b"\0")
                page = before.get((kind, body)) or self.place_page(kind, body)
                self.tree_pages[kind, body] = page
                key = part[0][0] if part else 0
                links.append((key, struct.pack(f"<3{f.W}", key, *page)))
            if len(links) == 1:
                return page
            entries, level = links, level + 1

    # maps and header -------------------------------------------------------------------------------------

    def finish(self):
        """-> (size of the file, [(offset, bytes)])"""
        f = self.f
        sections = max(self.sections, self.section(self.at - 1) + 1)
        free, out = [], list(self.extents)
        used = [(self.places[bid], f.disk_size(len(self.blocks[bid][0]))) for bid in self.entries]
        used += [(ib, f.page) for _, ib in self.tree_pages.values()]
        used += [(ib, f.page) for k in range(sections) for _, ib in f.maps(k)]
        bits = [0] * sections
        for ib, size in used:
            k = self.section(ib)
            count, first = size // f.align, (ib - f.amap(k)) // f.align
            bits[k] |= ((1 << count) - 1) << f.slots - first - count
        for k, value in enumerate(bits):
            free.append(f.slots - bin(value).count("1"))
            for kind, ib in f.maps(k):
                out.append((ib, self._map(kind, ib, value.to_bytes(f.map_bytes, "big"))))
        out.append((f.dlist, self._dlist(free)))
        eof = f.amap(sections)
        out.append((0, self._header(eof, sections, sum(free) * f.align)))
        return eof, out

    def _map(self, kind, ib, bits):
        body = bytes(self.f.map_at) + (bits if kind == F.AMAP else b"\xff" * self.f.map_bytes)
        return body + F.page_trailer(self.f, kind, ib, ib, body)

    def _dlist(self, free):
        f, body = self.f, bytes(8)
        if len(free) > 1 and f.page_maps:
            current = len(free) - 1
            rows = sorted(((n, k) for k, n in enumerate(free) if k != current and n), key=lambda row: (-row[0], row[1]))
            rows = rows[:119]
            body = struct.pack("<BBHI", 1, len(rows), 0, current)
            body += b"".join(struct.pack("<I", n << 20 | k) for n, k in rows)
        body = body.ljust(f.page_data, b"\0")
        return body + F.page_trailer(f, F.DLIST, f.dlist, self.next_page, body)

    def _header(self, eof, sections, free):
        f, wide = self.f, self.f.word == 8
        fill = b"\0" * 128 if f.compresses else b"\xff" * 128
        values = {
            "dwMagic": F.MAGIC, "wMagicClient": self.magic, "wVer": f.version,
            "wVerClient": 12 if self.magic == b"SO" else 19, "bPlatformCreate": 1, "bPlatformAccess": 1,
            "bidNextB": self.next_bid, "bidNextP": self.next_page, "dwUnique": self.unique + 1,
            "bidUnused": 0 if f.compresses else 0x100000004, "rgnid": struct.pack("<32I", *self.marks),
            "ibFileEof": eof, "ibAMapLast": f.amap(sections - 1), "cbAMapFree": free, "fAMapValid": 2,
            "nbt.bid": self.roots[F.NBT][0], "nbt.ib": self.roots[F.NBT][1],
            "bbt.bid": self.roots[F.BBT][0], "bbt.ib": self.roots[F.BBT][1],
            "rgbFM": fill, "rgbFP": fill, "bSentinel": 0x80, "bCryptMethod": self.crypt,
        }
        head = bytearray(564 if wide else 512)
        for name, value in values.items():
            if name in f.header:
                at, size = f.header[name]
                head[at:at + size] = value.to_bytes(size, "little") if isinstance(value, int) else value
        F.seal_header(f, head)
        return bytes(head)

    def bytes(self):
        size, extents = self.finish()
        out = bytearray(size)
        for ib, raw in extents:
            out[ib:ib + len(raw)] = raw
        return out

    def save(self, path):
        """Write the file with holes where nothing is: for sizes that no memory holds."""
        size, extents = self.finish()
        with open(path, "wb") as file:
            for ib, raw in extents:
                file.seek(ib)
                file.write(raw)
            file.truncate(size)
