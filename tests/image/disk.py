"""Store: header, trees, blocks and streams of a file, every byte of them proved before it is believed.

Opening never fails on a damaged file: what could not be followed stands in `store.faults`, and a stream that
cannot be read raises Unreadable with the reason.  See 1 to 3 of the format description.
"""

import os
import struct
import zlib
from collections import namedtuple

from . import format as F

Node = namedtuple("Node", "nid data sub parent")
Block = namedtuple("Block", "bid ib cb inflated cref")
Page = namedtuple("Page", "kind ib bid level entries raw")

DEPTH = 8           # of a B-tree
NESTING = 64        # of subnodes in subnodes


class Unreadable(Exception):
    """A stream, block or record that is not what it should be."""


class Store:
    """An opened file: `format`, `header` (dict), `pages`, `nodes`, `blocks`, `faults`."""

    def __init__(self, source):
        self._bytes = isinstance(source, (bytes, bytearray, memoryview))
        self._source = source if self._bytes else open(source, "rb")
        self.size = len(source) if self._bytes else os.fstat(self._source.fileno()).st_size
        self.faults = []
        self.pages, self.nodes, self.blocks = [], {}, {}
        self._proofs = {}
        head = self.at(0, 564)
        self.format = F.format_of(head, self.at)
        if self.format is None or len(head) < 564:
            raise Unreadable("no header and no first allocation map of any format")
        self.header = {name: head[at:at + size] if size > 8 or name in ("dwMagic", "wMagicClient")
                       else int.from_bytes(head[at:at + size], "little")
                       for name, (at, size) in self.format.header.items()}
        self.header["rgnid"] = struct.unpack("<32I", self.header["rgnid"])
        self.crypt = self.header["bCryptMethod"]
        for entry in self._walk(F.NBT):
            self._node(entry)
        for entry in self._walk(F.BBT):
            self._block(entry)

    def at(self, offset, size):
        if not 0 <= offset < self.size or size <= 0:
            return b""
        if self._bytes:
            return bytes(self._source[offset:offset + size])
        return os.pread(self._source.fileno(), size, offset)

    def fault(self, code, text):
        self.faults.append((code, text))

    # pages -----------------------------------------------------------------------------------------------

    def page(self, ib, kind, bid=None):
        """The bytes of a page that proves itself; raises Unreadable with the first thing wrong."""
        f = self.format
        raw = self.at(ib, f.page)
        if ib % f.page or len(raw) < f.page:
            raise Unreadable(f"page 0x{ib:x} is not aligned or not inside the file")
        tail = raw[f.page_data:]
        crc = int.from_bytes(tail[f.page_crc:f.page_crc + 4], "little")
        own = int.from_bytes(tail[f.page_bid:f.page_bid + f.word], "little")
        sig = int.from_bytes(tail[2:4], "little")
        bid = own if bid is None else bid
        is_map = kind in (F.AMAP, F.PMAP, F.FMAP, F.FPMAP)
        if tail[:2] != bytes([kind, kind]):
            raise Unreadable(f"page 0x{ib:x} has type {tail[:2].hex()}, not {kind:02x}")
        if crc != F.weak_crc(raw[:f.page_data]):
            raise Unreadable(f"page 0x{ib:x} has a wrong CRC")
        if own != (ib if is_map else bid):
            raise Unreadable(f"page 0x{ib:x} has id 0x{own:x}, not 0x{ib if is_map else bid:x}")
        if sig != (0 if is_map else F.compute_sig(ib, own)):
            raise Unreadable(f"page 0x{ib:x} has a wrong signature {sig:04x}")
        if f.page == 4096 and int.from_bytes(tail[16:24], "little") != 1:
            raise Unreadable(f"page 0x{ib:x} does not end in the number 1")
        return raw

    def _walk(self, kind):
        """Leaf entries of a tree in order; the pages go to self.pages, what is wrong to self.faults."""
        f = self.format
        name = {F.NBT: "nbt", F.BBT: "bbt"}[kind]
        seen, last = set(), -1
        stack = [(self.header[name + ".bid"], self.header[name + ".ib"], None, 0, None)]
        while stack:
            bid, ib, level, low, high = stack.pop()
            if ib in seen:
                self.fault(name, f"page 0x{ib:x} is reached twice")
                continue
            seen.add(ib)
            try:
                raw = self.page(ib, kind, bid)
            except Unreadable as why:
                self.fault(name, str(why))
                continue
            count, most = (int.from_bytes(raw[at:at + f.count], "little") for at in (f.meta, f.meta + f.count))
            size, own = raw[f.meta + 2 * f.count], raw[f.meta + 2 * f.count + 1]
            need = f.entry_size(kind, own)
            where = f"page 0x{ib:x}"
            if own > DEPTH or level is not None and own != level:
                self.fault(name, f"{where} has level {own}, not {level}")
                continue
            if size < need or count * size > f.meta:
                self.fault(name, f"{where} says {count} entries of {size} bytes")
                continue
            if size != need or most != f.entry_max(kind, own) or count > most:
                self.fault(name, f"{where}: cEnt {count}, cEntMax {most}, cbEnt {size}")
            if f.word == 8 and any(raw[f.meta + 2 * f.count + 2:f.page_data]):
                self.fault(name, f"{where}: dwPadding is not zero")
            entries = [raw[i * size:i * size + need] for i in range(count)]
            keys = [int.from_bytes(e[:f.word], "little") for e in entries]
            self.pages.append(Page(kind, ib, bid, own, entries, raw))
            if not keys and level is not None:
                self.fault(name, f"{where} is empty")
            if keys and level is not None and keys[0] != low:
                self.fault(name, f"{where} begins with key 0x{keys[0]:x}, its parent says 0x{low:x}")
            if any(a >= b for a, b in zip(keys, keys[1:])):
                self.fault(name, f"{where}: keys do not ascend")
            if keys and high is not None and keys[-1] >= high:
                self.fault(name, f"{where}: key 0x{keys[-1]:x} belongs to the next page")
            if own:
                children = [struct.unpack("<3" + f.W, e) for e in entries]
                ends = keys[1:] + [high]
                stack += [(b, i, own - 1, k, e) for (k, b, i), e in zip(children, ends)][::-1]
                continue
            if keys and keys[0] <= last:
                self.fault(name, f"{where}: key 0x{keys[0]:x} follows 0x{last:x}")
            last = max([last] + keys)
            yield from entries

    def superseded(self, kind):
        """Leaf entries of pages that prove themselves, but are in no tree."""
        f, known = self.format, {page.ib for page in self.pages}
        for ib in range(0, self.size - f.page + 1, f.page):
            if ib in known or self.at(ib + f.page_data, 2) != bytes([kind, kind]):
                continue
            try:
                raw = self.page(ib, kind)
            except Unreadable:
                continue
            count, size = int.from_bytes(raw[f.meta:f.meta + f.count], "little"), raw[f.meta + 2 * f.count]
            if not raw[f.meta + 2 * f.count + 1] and size >= f.entry_size(kind, 0) and count * size <= f.meta:
                yield from (raw[i * size:(i + 1) * size] for i in range(count))

    def freed(self):
        """Blocks that prove themselves where they lie, but that no entry names."""
        f = self.format
        for end in range(f.first_amap + f.align, self.size + 1, f.align):
            tail = self.at(end - f.block_tail, f.block_tail)
            cb, bid = int.from_bytes(tail[:2], "little"), int.from_bytes(tail[f.block_bid:f.block_bid + f.word], "little")
            ib = end - f.disk_size(cb)
            if not cb or bid in self.blocks or int.from_bytes(tail[2:4], "little") != F.compute_sig(ib, bid):
                continue
            found = Block(bid, ib, cb, int.from_bytes(tail[18:20], "little") if f.compresses else cb, 0)
            if not self._prove(found):
                yield found

    def _node(self, raw):
        nid, data, sub = struct.unpack_from("<3" + self.format.W, raw)
        parent = struct.unpack_from("<I", raw, 3 * self.format.word)[0]
        if nid >> 32:
            self.fault("nbt", f"node 0x{nid:x}: the upper half of the nid is not zero")
            nid &= 0xFFFFFFFF
        if nid in self.nodes:
            self.fault("nbt", f"node 0x{nid:x} occurs twice")
            return
        self.nodes[nid] = Node(nid, data, sub, parent)

    def _block(self, raw):
        f = self.format
        bid, ib = struct.unpack_from("<2" + f.W, raw)
        numbers = struct.unpack_from("<3H" if f.compresses else "<2H", raw, 2 * f.word)
        if bid in self.blocks:
            self.fault("bbt", f"block 0x{bid:x} occurs twice")
            return
        self.blocks[bid] = Block(bid, ib, numbers[0], numbers[-2], numbers[-1])

    # blocks ----------------------------------------------------------------------------------------------

    def block(self, bid):
        """The BBT entry of a reference; bit 0 of a reference is not part of the id."""
        found = self.blocks.get(bid & ~1)
        if found is None:
            raise Unreadable(f"block 0x{bid:x} is not in the block index")
        return found

    def wrong(self, block):
        """What is wrong with a block that an entry names: None, or a sentence."""
        if block.bid not in self._proofs:
            self._proofs[block.bid] = self._prove(block)
        return self._proofs[block.bid]

    def _prove(self, b):
        f = self.format
        where = f"block 0x{b.bid:x} at 0x{b.ib:x}"
        if not b.cb or b.cb > f.data_max or b.inflated > f.data_max or b.ib % f.align or b.ib < f.first_amap:
            return f"{where}: cb {b.cb}, inflated {b.inflated} or the offset is impossible"
        size = f.disk_size(b.cb)
        raw = self.at(b.ib, size)
        if len(raw) < size:
            return f"{where} is not inside the file"
        tail = raw[size - f.block_tail:]
        cb, sig = struct.unpack_from("<HH", tail)
        crc = int.from_bytes(tail[f.block_crc:f.block_crc + 4], "little")
        bid = int.from_bytes(tail[f.block_bid:f.block_bid + f.word], "little")
        if bid != b.bid or cb != b.cb:
            return f"{where}: the trailer says id 0x{bid:x} and {cb} bytes, the index {b.cb}"
        if sig != F.compute_sig(b.ib, bid):
            return f"{where}: wrong signature {sig:04x}"
        if crc != F.weak_crc(raw[:cb]):
            return f"{where}: wrong CRC"
        if f.compresses:
            two, inflated, zero = struct.unpack_from("<HHI", tail, 16)
            if (two, inflated, zero) != (2, b.inflated, 0):
                return f"{where}: trailer ends in {two}, {inflated}, {zero}; the index inflates to {b.inflated}"
            if b.inflated != b.cb:
                try:
                    if len(_inflate(raw[:cb], b.inflated)) != b.inflated:
                        return f"{where} does not inflate to {b.inflated} bytes"
                except (zlib.error, Unreadable) as why:
                    return f"{where} does not inflate: {why}"
        return None

    def block_data(self, bid, raw=False):
        """The bytes of one block: inflated and decoded, or with raw as stored."""
        b = self.block(bid)
        if self.wrong(b):
            raise Unreadable(self.wrong(b))
        data = self.at(b.ib, b.cb)
        if raw:
            return data
        if b.inflated != b.cb:
            data = _inflate(data, b.inflated)
        return data if b.bid & 2 else F.decode(data, self.crypt, b.bid)

    # streams ---------------------------------------------------------------------------------------------

    def children(self, bid):
        """(btype, level, lcbTotal or None, entries) of an internal block: X entries are bids, SL and SI tuples."""
        f = self.format
        data = self.block_data(bid)
        if not bid & 2 or len(data) < 4:
            raise Unreadable(f"block 0x{bid:x} is not internal")
        kind, level, count = struct.unpack_from("<BBH", data)
        if kind == 1 and level in (1, 2) and len(data) >= 8 + count * f.word:
            return 1, level, struct.unpack_from("<I", data, 4)[0], struct.unpack_from(f"<{count}{f.W}", data, 8)
        width = 2 if level else 3
        if kind == 2 and level in (0, 1) and len(data) >= f.sl_head + count * width * f.word:
            flat = struct.unpack_from(f"<{count * width}{f.W}", data, f.sl_head)
            rows = [(flat[i] & 0xFFFFFFFF,) + flat[i + 1:i + width] for i in range(0, len(flat), width)]
            return 2, level, None, rows
        raise Unreadable(f"internal block 0x{bid:x} begins with {data[:4].hex()}")

    def leaves(self, bid):
        """Ids of the data blocks of a data tree, in order."""
        if not bid & 2:
            yield bid
            return
        kind, level, _, entries = self.children(bid)
        if kind != 1:
            raise Unreadable(f"block 0x{bid:x} is no data tree")
        for child in entries:
            if level == 1 and not child & 2:
                yield child
            elif level == 2 and child & 2 and self.children(child)[:2] == (1, 1):
                yield from self.leaves(child)
            else:
                raise Unreadable(f"block 0x{bid:x} of level {level} refers to 0x{child:x}")

    def parts(self, bid):
        """The data blocks of a stream one by one."""
        return (self.block_data(leaf) for leaf in self.leaves(bid)) if bid else iter(())

    def stream(self, bid):
        return b"".join(self.parts(bid))

    def subnodes(self, bid):
        """{nid: (data, sub)} of a subnode tree."""
        if not bid:
            return {}
        kind, level, _, entries = self.children(bid)
        if kind != 2:
            raise Unreadable(f"block 0x{bid:x} is no subnode tree")
        if not level:
            return {nid: (data, sub) for nid, data, sub in entries}
        out = {}
        for _, child in entries:
            if self.children(child)[:2] != (2, 0):
                raise Unreadable(f"block 0x{child:x} below 0x{bid:x} is no list of subnodes")
            out.update(self.subnodes(child))
        return out


def blocks_below(store, *bids):
    """Ids of all blocks of some trees of data or subnodes, those of the lists among them."""
    found, queue = set(), [bid & ~1 for bid in bids if bid]
    while queue:
        bid = queue.pop()
        if bid in found:
            continue
        found.add(bid)
        if bid & 2:
            kind, _, _, rows = store.children(bid)
            queue += [b & ~1 for row in rows for b in ((row,) if kind == 1 else row[1:]) if b]
    return found


def _inflate(data, size):
    engine = zlib.decompressobj()
    out = engine.decompress(data, size + 1)
    if not engine.eof or len(out) > size:
        raise Unreadable("zlib stream without its end, or longer than it should be")
    return out
