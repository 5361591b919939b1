"""judge(store): is the lower layer of a file sound?  Every rule of the format, checked without mercy.

A complaint is (severity, code, text).  'error' is something no sound file of Outlook's shows; 'note' is something
that sound files do show: blocks that nothing refers to, allocated space that nobody owns, a file longer than it
says, subnode ids above the header's marks.
"""

import struct
from collections import Counter

from . import format as F
from .disk import NESTING, Unreadable


def judge(store):
    judge_ = _Judge(store)
    for step in (judge_.header, judge_.trees, judge_.blocks, judge_.references, judge_.space, judge_.dlist):
        step()
    return judge_.complaints


class _Judge:
    def __init__(self, store):
        self.store, self.f, self.h = store, store.format, store.header
        self.complaints = []
        self.free = []                  # free slots of each section, by its allocation map
        self.maps = {}                  # the bits of each, as a number

    def error(self, code, text):
        self.complaints.append(("error", code, text))

    def note(self, code, text):
        self.complaints.append(("note", code, text))

    # header: N1 ------------------------------------------------------------------------------------------

    def header(self):
        f, h, s = self.f, self.h, self.store
        head = s.at(0, 564)
        checks = [
            ("magic", h["dwMagic"] == F.MAGIC and h["wMagicClient"] in (b"SM", b"SO", b"AB", b"SX")),
            ("wVer", h["wVer"] in (14, 15, 21, 22, 23, 36)),
            ("sentinel", h["bSentinel"] == 0x80),
            ("bCryptMethod", h["bCryptMethod"] in (0, 1, 2)),
            ("dwCRCPartial", h["dwCRCPartial"] == F.weak_crc(head[8:479])),
            ("dwCRCFull", f.word == 4 or h["dwCRCFull"] == F.weak_crc(head[8:524])),
            ("fAMapValid", h["fAMapValid"] in (1, 2)),
            ("ibFileEof", h["ibFileEof"] <= s.size),
            ("bidNextB", h["bidNextB"] % 4 == 0),
        ]
        for name, sound in checks:
            if not sound:
                self.error("header", f"offset {f.header[name][0] if name in f.header else 0}: {name} is wrong")
        if s.size > h["ibFileEof"]:
            self.note("eof", f"the file has {s.size - h['ibFileEof']} bytes more than the header says")
        if (h["ibFileEof"] - f.first_amap) % f.interval:
            self.note("eof", f"ibFileEof 0x{h['ibFileEof']:x} does not end a section")
        last = f.amap(max(0, -(-(h["ibFileEof"] - f.first_amap) // f.interval) - 1))
        if h["ibAMapLast"] != last:
            self.error("header", f"ibAMapLast 0x{h['ibAMapLast']:x}, the last map is at 0x{last:x}")
        self.counters()

    def counters(self):
        h, s = self.h, self.store
        for block in s.blocks.values():
            if block.bid >= h["bidNextB"]:
                self.error("bidNextB", f"block 0x{block.bid:x} is not below bidNextB 0x{h['bidNextB']:x}")
        for page in s.pages:
            if page.bid >= h["bidNextP"]:
                self.error("bidNextP", f"page 0x{page.bid:x} is not below bidNextP 0x{h['bidNextP']:x}")
        for nid in s.nodes:
            if nid >> 5 > h["rgnid"][nid & 31]:
                self.error("rgnid", f"node 0x{nid:x} is above the mark 0x{h['rgnid'][nid & 31]:x} of its type")

    # pages: N4, N5 ---------------------------------------------------------------------------------------

    def trees(self):
        for code, text in self.store.faults:
            self.error(code, text)
        for bid, times in Counter(page.bid for page in self.store.pages).items():
            if times > 1:
                self.error("page", f"page id 0x{bid:x} is used {times} times")

    # blocks: N6, N7 --------------------------------------------------------------------------------------

    def blocks(self):
        for block in self.store.blocks.values():
            if block.bid & 1 or block.bid == 0:
                self.error("bbt", f"block id 0x{block.bid:x} has bit 0 set or is zero")
            wrong = self.store.wrong(block)
            if wrong:
                self.error("block", wrong)
                continue
            size = self.f.disk_size(block.cb) - self.f.block_tail
            if any(self.store.at(block.ib, size)[block.cb:]):
                self.note("padding", f"block 0x{block.bid:x} at 0x{block.ib:x}: padding is not zero")

    # references: N8 to N11 -------------------------------------------------------------------------------

    def references(self):
        s = self.store
        found = Counter()
        for node in s.nodes.values():
            self.data(node.data, f"node 0x{node.nid:x}", found)
            self.sub(node.sub, f"node 0x{node.nid:x}", found)
        for block in s.blocks.values():
            if block.bid & 2 and not s.wrong(block):
                self.internal(block, found)
        for node in s.nodes.values():
            self.nesting(node.sub, f"node 0x{node.nid:x}", ())
        for block in s.blocks.values():
            have, want = block.cref, found[block.bid] + 1
            if have != want:
                self.error("cref", f"block 0x{block.bid:x} has count {have}, references make it {want}")
            elif have == 1:
                self.note("orphan", f"nothing refers to block 0x{block.bid:x} at 0x{block.ib:x}")

    def data(self, bid, who, found):
        self.refer(bid, who, found, 1)

    def sub(self, bid, who, found):
        if bid and not bid & 2:
            self.error("reference", f"{who}: the subnode block 0x{bid:x} is not internal")
        self.refer(bid, who, found, 2)

    def refer(self, bid, who, found, btype, level=None):
        """Count a reference and see that what it names is there and of the right kind."""
        if not bid:
            return
        found[bid & ~1] += 1
        try:
            self.store.block(bid)
        except Unreadable as why:
            self.error("reference", f"{who}: {why}")
            return
        if bid & 2:
            try:
                kind = self.store.children(bid)
            except Unreadable:
                return              # said where the block itself is judged
            if kind[0] != btype or level is not None and kind[1] != level:
                self.error("reference", f"{who}: block 0x{bid:x} has type {kind[0]} level {kind[1]}")
        elif level is not None:
            self.error("reference", f"{who}: block 0x{bid:x} should be internal")

    def internal(self, block, found):
        s, who = self.store, f"block 0x{block.bid:x}"
        try:
            btype, level, total, entries = s.children(block.bid)
        except Unreadable as why:
            self.error("internal", str(why))
            return
        if not entries:
            self.error("internal", f"{who} is empty")
        if btype == 1:
            for child in entries:
                if level == 1 and child & 2:
                    self.error("xblock", f"{who} of level 1 refers to 0x{child:x}")
                self.refer(child, who, found, 1, level - 1 if level == 2 else None)
            self.totals(block, level, total, entries)
            return
        for entry in entries:
            if level:
                self.refer(entry[1], who, found, 2, 0)
            else:
                self.data(entry[1], who, found)
                self.sub(entry[2], who, found)
        nids = [entry[0] for entry in entries]
        if any(a >= b for a, b in zip(nids, nids[1:])):
            self.error("subnodes", f"{who}: subnodes are not in order")
        if level:
            self.split(who, entries)

    def split(self, who, entries):
        """The lists below an SIBLOCK begin with its keys and do not overlap."""
        last = -1
        for nid, child in entries:
            try:
                nids = [entry[0] for entry in self.store.children(child)[3]]
            except Unreadable:
                continue
            if nids and nids[0] != nid:
                self.error("subnodes", f"{who}: key 0x{nid:x}, its list begins with 0x{nids[0]:x}")
            if nids and nids[0] <= last:
                self.error("subnodes", f"{who}: the list from 0x{nids[0]:x} overlaps the one before")
            last = max([last] + nids)

    def totals(self, block, level, total, entries):
        s, full = self.store, self.f.data_max
        try:
            sizes = [s.block(child).inflated if level == 1 else s.children(child)[2] for child in entries]
        except Unreadable:
            return
        if sum(sizes) != total:
            self.error("xblock", f"block 0x{block.bid:x} says {total} bytes, its blocks have {sum(sizes)}")
        if level == 1 and any(size != full for size in sizes[:-1]):
            self.error("xblock", f"block 0x{block.bid:x}: a block before the last is not full")

    def nesting(self, bid, who, above):
        """Subnodes of subnodes: no cycle, no end of them; their ids against the header's marks."""
        if not bid:
            return
        if bid in above or len(above) > NESTING:
            self.error("subnodes", f"{who}: subnodes without end at block 0x{bid:x}")
            return
        try:
            below = self.store.subnodes(bid)
        except Unreadable:
            return
        for nid, (_, sub) in below.items():
            if nid & 31 in (0x05, 0x1F) and nid >> 5 > self.h["rgnid"][nid & 31]:
                self.note("rgnid", f"{who}: subnode 0x{nid:x} is above the mark of its type")
            self.nesting(sub, f"{who}, subnode 0x{nid:x}", above + (bid,))

    # space: N2, N3, N9 of the header ---------------------------------------------------------------------

    def space(self):
        f, s = self.f, self.store
        sections = max(1, -(-(self.h["ibFileEof"] - f.first_amap) // f.interval))
        if f.amap(sections - 1) + f.page > s.size:
            sections = max(0, (s.size - f.first_amap) // f.interval)
            self.error("amap", "the last sections are not inside the file")
        maps = {}
        for k in range(sections):
            for kind, ib in f.maps(k):
                try:
                    maps[ib] = (kind, s.page(ib, kind)[f.map_at:f.map_at + f.map_bytes])
                except Unreadable as why:
                    other = ib ^ 0x200 if kind == F.FPMAP else None
                    if kind != F.FPMAP or not _is_page(s, other, F.FPMAP):
                        self.error("map", str(why))
        owned = self.owners(maps, sections)
        pool = self.pool(maps, owned)
        self.bits(maps, owned, pool, sections)
        self.free_maps(maps, sections)

    def owners(self, maps, sections):
        """For each section one number with a bit set for each slot of a map, page or block; overlaps are said."""
        f, s = self.f, self.store
        extents = [(ib, ib + f.page, f"map page 0x{ib:x}") for ib in maps]
        extents += [(page.ib, page.ib + f.page, f"page 0x{page.bid:x}") for page in s.pages]
        extents += [(b.ib, b.ib + f.disk_size(b.cb), f"block 0x{b.bid:x}") for b in s.blocks.values()]
        extents.sort()
        end, before = f.first_amap, "the header"
        owned = [0] * sections
        for start, stop, who in extents:
            if start < end:
                self.error("overlap", f"{who} at 0x{start:x} overlaps {before}")
            if stop > self.h["ibFileEof"]:
                self.error("eof", f"{who} at 0x{start:x} lies beyond ibFileEof")
            if stop > end:
                end, before = stop, who
            k = (start - f.first_amap) // f.interval
            if 0 <= k < sections:
                first = (start - f.amap(k)) // f.align
                count = min(-(-(stop - start) // f.align), f.slots - first)
                owned[k] |= ((1 << count) - 1) << (f.slots - first - count)
        return owned

    def pool(self, maps, owned):
        """Slots of pages that a PMap calls free: allocated as far as the AMap is concerned."""
        f, free = self.f, 0
        pool = [0] * len(owned)
        for ib, (kind, bits) in maps.items():
            if kind != F.PMAP:
                continue
            first = (ib - f.first_amap) // f.interval
            for i, byte in enumerate(bits):
                for j in range(8 if byte != 0xFF else 0):
                    if byte & 0x80 >> j:
                        continue
                    free += 1
                    k, slot = divmod((8 * i + j) * 8, f.slots)
                    mask = 0xFF << (f.slots - slot - 8)
                    if first + k >= len(owned) or owned[first + k] & mask:
                        self.error("pmap", f"PMap 0x{ib:x}: bit {8 * i + j} calls free what is in use")
                    else:
                        pool[first + k] |= mask
        if free * 512 != self.h["cbPMapFree"]:
            self.error("header", f"cbPMapFree {self.h['cbPMapFree']}, the maps have {free * 512}")
        return pool

    def bits(self, maps, owned, pool, sections):
        f, total = self.f, 0
        for k in range(sections):
            if f.amap(k) not in maps:
                self.free.append(None)
                continue
            have = int.from_bytes(maps[f.amap(k)][1], "big")
            past = f.slots - max(0, min(f.slots, (self.h["ibFileEof"] - f.amap(k)) // f.align))
            beyond = (1 << past) - 1
            if have & beyond != beyond:
                self.error("amap", f"AMap 0x{f.amap(k):x}: slots beyond the end of the file are free")
            missing = owned[k] & ~have
            if missing:
                slot = f.slots - missing.bit_length()
                self.error("amap", f"AMap 0x{f.amap(k):x}: {_ones(missing)} slots in use are marked free, "
                                   f"first 0x{f.amap(k) + slot * f.align:x}")
            if pool[k] & ~have:
                self.error("pmap", f"AMap 0x{f.amap(k):x}: free pages of the page map are marked free")
            leaked = have & ~owned[k] & ~pool[k] & ~beyond
            if leaked:
                self.note("leak", f"AMap 0x{f.amap(k):x}: {_ones(leaked)} slots belong to nobody, first "
                                  f"0x{f.amap(k) + (f.slots - leaked.bit_length()) * f.align:x}")
            self.free.append(f.slots - _ones(have))
            total += f.slots - _ones(have)
            self.maps[k] = have
        if total * f.align != self.h["cbAMapFree"]:
            self.error("cbAMapFree", f"cbAMapFree {self.h['cbAMapFree']}, the maps have {total * f.align}")

    def free_maps(self, maps, sections):
        """rgbFM and the FMap pages: 0xFF, or the longest free run of the section."""
        f = self.f
        if not f.page_maps:
            return
        for k in range(sections):
            if k < 128:
                said = self.h["rgbFM"][k]
            else:
                ib = f.amap(128 + (k - 128) // 496 * 496) + 0x400
                if ib not in maps:
                    continue
                said = maps[ib][1][(k - 128) % 496]
            if said != 0xFF and k in self.maps:
                run = min(255, F.longest_zero_run(self.maps[k], f.slots))
                if said != run:
                    self.error("fmap", f"section {k}: the free map says {said}, the longest run is {run}")

    # DList -----------------------------------------------------------------------------------------------

    def dlist(self):
        f, s = self.f, self.store
        raw = s.at(f.dlist, f.page)
        modern = not f.page_maps or set(self.h["rgbFM"] + self.h["rgbFP"]) == {0xFF}
        if not any(raw):
            if modern:
                self.error("dlist", f"no DList at 0x{f.dlist:x}, though the older maps are not in use")
            return
        try:
            raw = s.page(f.dlist, F.DLIST)
        except Unreadable as why:
            self.error("dlist", str(why))
            return
        at = f.page_data + f.page_bid
        if int.from_bytes(raw[at:at + f.word], "little") > self.h["bidNextP"]:
            self.error("bidNextP", "the id of the DList is above bidNextP")
        count = raw[1]
        if count > 119 + (f.word == 4):
            self.error("dlist", f"{count} entries")
            return
        last = None
        for (entry,) in struct.iter_unpack("<I", raw[8:8 + 4 * count]):
            k, free = entry & 0xFFFFF, entry >> 20
            if k >= len(self.free) or self.free[k] != free:
                self.error("dlist", f"DList: section {k} with {free} free slots")
            if last is not None and free > last:
                self.error("dlist", "entries are not sorted")
            last = free


def _is_page(store, ib, kind):
    try:
        return bool(store.page(ib, kind))
    except Unreadable:
        return False


def _ones(x):
    return bin(x).count("1")
