"""Image: the bytes of a store and where everything in them is, to be damaged on purpose.

    image = Image.load("mail.pst")  or  builder.store("unicode", ...)
    image.nbt.leaves[0].swap(1, 2)              an edit: the page's CRC is set again
    image.block(0x24).flip(100)                 damage: nothing is set again
    image.header.bidNextB = 4                   an edit: sealed() sets the CRCs
    open(path, "wb").write(image.sealed())

Where things are is what the image looked like when it was loaded; damage does not move them.
"""

import struct

from . import format as F
from .disk import Store
from .heaps import Context, Heap, Table


class Inapplicable(Exception):
    """There is nothing in the file for this damage."""


def into(catalogue):
    """-> a decorator that puts a function (image, rng) there by its name; with arguments, (image, rng, argument) once for each"""

    def decorator(*arguments):
        def add(function):
            name = function.__name__
            for argument in arguments:
                catalogue[f"{name}-{argument}"] = lambda image, rng, argument=argument: function(image, rng, argument)
            if not arguments:
                catalogue[name] = function
            return function

        return add

    return decorator


class Image:
    expected = stale = None

    def __init__(self, data):
        self.data = bytearray(data)
        self.store = Store(bytes(data))
        self.format = self.store.format
        self.header = Header(self)
        self.nbt, self.bbt = Tree(self, F.NBT), Tree(self, F.BBT)

    @classmethod
    def load(cls, source):
        if not isinstance(source, (bytes, bytearray)):
            with open(source, "rb") as file:
                source = file.read()
        return cls(source)

    # where things are ------------------------------------------------------------------------------------

    def node(self, nid):
        return self.store.nodes[nid]

    def block(self, bid):
        return Block(self, self.store.block(bid))

    def node_block(self, nid, *below, n=0):
        """The n-th data block of the stream of a node, or of a subnode."""
        return self.block(list(self.store.leaves(self._data(nid, *below)))[n])

    def _data(self, nid, *below):
        _, data, sub, _ = self.node(nid)
        for nid in below:
            data, sub = self.store.subnodes(sub)[nid]
        return data

    def parts(self, *path):
        return list(self.store.parts(self._data(*path)))

    def heap(self, *path):
        return Heap(self, *path)

    def pc(self, *path):
        return Context(self, *path)

    def table(self, *path):
        return Table(self, *path)

    @property
    def sections(self):
        return max(1, -(-(self.store.header["ibFileEof"] - self.format.first_amap) // self.format.interval))

    def amap(self, k=0):
        return MapPage(self, F.AMAP, self.format.amap(k))

    def pmap(self, k=0):
        """The page map of the k-th group of eight sections."""
        return MapPage(self, F.PMAP, self.format.amap(8 * k) + 0x200)

    @property
    def dlist(self):
        return MapPage(self, F.DLIST, self.format.dlist)

    # raw damage ------------------------------------------------------------------------------------------

    def zero(self, start, end):
        self.data[start:end] = bytes(max(0, min(end, len(self.data)) - start))

    def write(self, at, data):
        self.data[at:at + len(data)] = data

    def flip(self, at, bit=0):
        self.data[at] ^= 1 << bit

    def truncate(self, size):
        del self.data[size:]

    def append(self, data):
        self.data += data

    def insert(self, at, data):
        """Shift everything from `at` on."""
        self.data[at:at] = data

    def cut(self, start, end):
        """Take bytes away; what follows moves up."""
        del self.data[start:end]

    # result ----------------------------------------------------------------------------------------------

    def sealed(self, header=True):
        """The bytes; the header's CRCs set again if a field was set, and header is true."""
        if header and self.header.changed:
            head = self.data[:564]
            F.seal_header(self.format, head)
            self.data[:len(head)] = head
        return bytes(self.data)

    def copy(self):
        other = Image(self.store.at(0, self.store.size))
        other.data[:] = self.data
        other.header.__dict__["changed"] = self.header.changed
        other.expected, other.stale = self.expected, self.stale
        return other


class Header:
    """Fields by name, as attributes or items: image.header.bidNextB, image.header["nbt.ib"]; rgnid is a list."""

    def __init__(self, image):
        self.__dict__.update(image=image, fields=image.format.header, changed=False)

    def __getitem__(self, name):
        at, size = self.fields[name]
        raw = bytes(self.image.data[at:at + size])
        if name == "rgnid":
            return list(struct.unpack("<32I", raw))
        return raw if size > 8 or name in ("dwMagic", "wMagicClient") else int.from_bytes(raw, "little")

    def __setitem__(self, name, value):
        at, size = self.fields[name]
        raw = (value.to_bytes(size, "little") if isinstance(value, int) else
               struct.pack("<32I", *value) if name == "rgnid" else value)
        assert len(raw) == size
        self.image.data[at:at + size] = raw
        self.__dict__["changed"] = True

    __getattr__ = __getitem__
    __setattr__ = __setitem__

    def set(self, **fields):
        for name, value in fields.items():
            self[name] = value

    def zero(self):
        self.image.zero(0, 564 if self.image.format.word == 8 else 512)

    def flip(self, at, bit=0):
        self.image.flip(at, bit)


class Area:
    """Some bytes of the image; `_edit` writes and keeps a right CRC right, a wrong one wrong."""

    def __init__(self, image, ib, size):
        self.image, self.ib, self.size = image, ib, size

    @property
    def raw(self):
        return bytes(self.image.data[self.ib:self.ib + self.size])

    def zero(self):
        self.image.zero(self.ib, self.ib + self.size)

    def flip(self, byte, bit=0):
        self.image.flip(self.ib + byte, bit)

    def write_raw(self, at, data):
        """Overwrite bytes and let the CRC be wrong."""
        self.image.write(self.ib + at, data)


class PageArea(Area):
    """A page of any kind."""

    def __init__(self, image, kind, ib):
        super().__init__(image, ib, image.format.page)
        self.kind = kind

    def _sound(self):
        f, raw = self.image.format, self.raw
        at = f.page_data + f.page_crc
        return int.from_bytes(raw[at:at + 4], "little") == F.weak_crc(raw[:f.page_data])

    def edit(self, at, data):
        """Overwrite bytes of the page's data; a CRC that was right is made right again."""
        sound = self._sound()
        self.write_raw(at, data)
        if sound:
            self.seal()

    def seal(self):
        f = self.image.format
        self.write_raw(f.page_data + f.page_crc, struct.pack("<I", F.weak_crc(self.raw[:f.page_data])))

    def set_trailer(self, ptype=None, ptype_repeat=None, sig=None, crc=None, bid=None):
        f = self.image.format
        for value, at, size in ((ptype, 0, 1), (ptype_repeat, 1, 1), (sig, 2, 2), (crc, f.page_crc, 4),
                                (bid, f.page_bid, f.word)):
            if value is not None:
                self.write_raw(f.page_data + at, value.to_bytes(size, "little"))


class MapPage(PageArea):
    """AMap, PMap or DList."""

    def set_bits(self, first, count, value):
        """Set slots of the map; the CRC follows."""
        f = self.image.format
        bits = int.from_bytes(self.raw[f.map_at:f.map_at + f.map_bytes], "big")
        mask = ((1 << count) - 1) << f.slots - first - count
        self.edit(f.map_at, (bits | mask if value else bits & ~mask).to_bytes(f.map_bytes, "big"))

    def slot(self, ib):
        """The slot of this AMap that a file offset falls into."""
        return (ib - self.ib) // self.image.format.align

    def set_range(self, ib, size, value):
        """Mark a block or page at a file offset used or free."""
        self.set_bits(self.slot(ib), -(-size // self.image.format.align), value)


class Tree:
    """image.nbt, image.bbt: `root`, `leaves` in order, `interior`, `pages` (all)."""

    def __init__(self, image, kind):
        self.image, self.kind = image, kind
        found = [page for page in image.store.pages if page.kind == kind]
        self.pages = [Page(image, page) for page in found]
        self.leaves = [page for page in self.pages if page.level == 0]
        self.interior = [page for page in self.pages if page.level]
        self.root = self.pages[0] if self.pages else None

    def leaf(self, i):
        return self.leaves[i]

    def find(self, key):
        """(leaf, index) of the entry of a node or block."""
        for leaf in self.leaves:
            for i in range(len(leaf)):
                if leaf.get(i)["key"] == key:
                    return leaf, i
        raise KeyError(hex(key))

    def entry(self, key):
        leaf, i = self.find(key)
        return leaf.get(i)

    def set(self, key, **fields):
        leaf, i = self.find(key)
        leaf.set(i, **fields)

    def remove(self, key):
        leaf, i = self.find(key)
        leaf.remove(i)


class Page(PageArea):
    """A page of a tree.  Entries are edited in place; fields by name:

    links: key bid ib; NBT leaves: key data sub parent; BBT leaves: key ib cb cref, and inflated in 4K files."""

    def __init__(self, image, page):
        super().__init__(image, page.kind, page.ib)
        self.bid, self.level = page.bid, page.level
        f, w = image.format, image.format.word
        self.step = f.entry_size(page.kind, page.level)
        if page.level:
            self.fields = {"key": (0, w), "bid": (w, w), "ib": (2 * w, w)}
        elif page.kind == F.NBT:
            self.fields = {"key": (0, w), "data": (w, w), "sub": (2 * w, w), "parent": (3 * w, 4)}
        elif f.compresses:
            self.fields = {"key": (0, 8), "ib": (8, 8), "cb": (16, 2), "inflated": (18, 2), "cref": (20, 2)}
        else:
            self.fields = {"key": (0, w), "ib": (w, w), "cb": (2 * w, 2), "cref": (2 * w + 2, 2)}

    def __len__(self):
        f = self.image.format
        at = self.ib + f.meta
        return min(int.from_bytes(self.image.data[at:at + f.count], "little"), f.meta // self.step)

    @property
    def entries(self):
        raw = self.raw
        return [raw[i * self.step:(i + 1) * self.step] for i in range(len(self))]

    def get(self, i):
        raw = self.entries[i]
        return {name: int.from_bytes(raw[at:at + size], "little") for name, (at, size) in self.fields.items()}

    def set(self, i, **fields):
        raw = bytearray(self.entries[i])
        for name, value in fields.items():
            at, size = self.fields[name]
            raw[at:at + size] = value.to_bytes(size, "little")
        self.edit(i * self.step, raw)

    def set_entries(self, entries):
        """All entries anew, and cEnt with them."""
        f = self.image.format
        body = b"".join(entries)
        self.edit(0, body.ljust(f.meta, b"\0") + len(entries).to_bytes(f.count, "little"))

    def swap(self, i, j):
        rows = self.entries
        rows[i], rows[j] = rows[j], rows[i]
        self.set_entries(rows)

    def remove(self, i):
        rows = self.entries
        del rows[i]
        self.set_entries(rows)

    def insert(self, i, raw):
        rows = self.entries
        rows.insert(i, raw)
        self.set_entries(rows)

    def set_meta(self, cEnt=None, cEntMax=None, cbEnt=None, level=None):
        f = self.image.format
        for value, at, size in ((cEnt, 0, f.count), (cEntMax, f.count, f.count), (cbEnt, 2 * f.count, 1),
                                (level, 2 * f.count + 1, 1)):
            if value is not None:
                self.edit(f.meta + at, value.to_bytes(size, "little"))


class Block(Area):
    """A block with its padding and trailer: `bid`, `ib`, `cb` (stored), `inflated`, `cref`, `size` (on disk)."""

    def __init__(self, image, block):
        super().__init__(image, block.ib, image.format.disk_size(block.cb))
        self.bid, self.cb, self.inflated, self.cref = block.bid, block.cb, block.inflated, block.cref

    @property
    def data(self):
        """Inflated and decoded, as it was when the image was loaded."""
        return self.image.store.block_data(self.bid)

    def write(self, data):
        """Other data of the same size on disk, encoded and sealed; the index follows when its length is another."""
        f, store = self.image.format, self.image.store
        stored = data if self.bid & 2 else F.encode(data, store.crypt, self.bid)
        assert f.disk_size(len(stored)) == self.size, "does not fit into the place of the block"
        trailer = F.block_trailer(f, self.ib, self.bid, stored, len(data))
        self.write_raw(0, stored.ljust(self.size - f.block_tail, b"\0") + trailer)
        if len(stored) != self.cb:
            extra = {"inflated": len(data)} if f.compresses else {}
            self.image.bbt.set(self.bid, cb=len(stored), **extra)

    def set_trailer(self, cb=None, sig=None, crc=None, bid=None, two=None, inflated=None):
        f = self.image.format
        fields = [(cb, 0, 2), (sig, 2, 2), (crc, f.block_crc, 4), (bid, f.block_bid, f.word)]
        fields += [(two, 16, 2), (inflated, 18, 2)] if f.compresses else []
        for value, at, size in fields:
            if value is not None:
                self.write_raw(self.size - f.block_tail + at, value.to_bytes(size, "little"))
