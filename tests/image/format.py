"""The numbers of the three formats, and the four functions everything rests on.

ANSI, Unicode and Unicode-4K differ in the row of FORMATS and in nothing else.  Offsets within a page or
block trailer count from the start of the trailer.  All integers are little-endian.
"""

import struct
import zlib
from dataclasses import dataclass, field
from functools import lru_cache

BBT, NBT, FMAP, PMAP, AMAP, FPMAP, DLIST = 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86
NONE, PERMUTE, CYCLIC = 0, 1, 2

MAGIC = b"!BDN"


def _fields(*rows):
    """name, size pairs in file order -> {name: (offset, size)}; a number alone moves the offset."""
    out, at = {}, 0
    for row in rows:
        if isinstance(row, int):
            at = row
        else:
            out[row[0]] = (at, row[1])
            at += row[1]
    return out


def _header(word):
    wide = word == 8
    root = [("root.dwReserved", 4), ("ibFileEof", word), ("ibAMapLast", word), ("cbAMapFree", word),
            ("cbPMapFree", word), ("nbt.bid", word), ("nbt.ib", word), ("bbt.bid", word), ("bbt.ib", word),
            ("fAMapValid", 1), ("bReserved", 1), ("wReserved", 2)]
    start = [("dwMagic", 4), ("dwCRCPartial", 4), ("wMagicClient", 2), ("wVer", 2), ("wVerClient", 2),
             ("bPlatformCreate", 1), ("bPlatformAccess", 1), ("dwReserved1", 4), ("dwReserved2", 4)]
    maps = [("rgbFM", 128), ("rgbFP", 128), ("bSentinel", 1), ("bCryptMethod", 1), ("rgbReserved", 2)]
    if wide:
        return _fields(*start, ("bidUnused", 8), ("bidNextP", 8), ("dwUnique", 4), ("rgnid", 128), ("qwUnused", 8),
                       *root, ("dwAlign", 4), *maps, ("bidNextB", 8), ("dwCRCFull", 4),
                       ("rgbVersionEncoded", 3), ("bLockSemaphore", 1), ("rgbLock", 32))
    return _fields(*start, ("bidNextB", 4), ("bidNextP", 4), ("dwUnique", 4), ("rgnid", 128), *root, *maps,
                   ("ullReserved", 8), ("dwReserved", 4), ("rgbVersionEncoded", 3), ("bLockSemaphore", 1),
                   ("rgbLock", 32))


@dataclass(frozen=True)
class Format:
    name: str
    version: int                # what a new file says
    client: int
    magic_client: bytes
    word: int                   # bytes of a block id, a page id, a file offset
    page: int
    page_tail: int
    page_crc: int
    page_bid: int
    meta: int                   # offset of cEnt in a B-tree page
    count: int                  # bytes of cEnt and of cEntMax
    align: int                  # unit of blocks and of AMap bits
    block_max: int              # largest block on disk
    block_tail: int
    block_crc: int
    block_bid: int
    first_amap: int
    map_at: int                 # offset of the bitmap in a map page
    map_bytes: int
    dlist: int
    sl_head: int                # offset of the entries of an SLBLOCK
    hid_bits: int               # bits of the item number in a HID
    string: int                 # property type of strings
    encoding: str
    header: dict = field(repr=False, compare=False)

    # what follows from the row
    page_data = property(lambda f: f.page - f.page_tail)
    data_max = property(lambda f: f.block_max - f.block_tail)
    interval = property(lambda f: f.map_bytes * 8 * f.align)
    slots = property(lambda f: f.map_bytes * 8)
    compresses = property(lambda f: f.block_tail == 24)
    page_maps = property(lambda f: f.page == 512)          # PMap, FMap and FPMap exist
    node_size = property(lambda f: 16 if f.word == 4 else 32)
    link_size = property(lambda f: 3 * f.word)
    block_size = property(lambda f: 12 if f.word == 4 else 24)
    xblock_max = property(lambda f: (f.data_max - 8) // f.word)
    sl_size = property(lambda f: 3 * f.word)
    si_size = property(lambda f: 2 * f.word)
    W = property(lambda f: "I" if f.word == 4 else "Q")

    def entry_size(self, kind, level):
        return self.link_size if level else self.node_size if kind == NBT else self.block_size

    def entry_max(self, kind, level):
        return self.meta // self.entry_size(kind, level)

    def disk_size(self, cb):
        return ceil_to(cb + self.block_tail, self.align)

    def amap(self, k):
        return self.first_amap + k * self.interval

    def maps(self, k):
        """[(ptype, offset)] of the map pages of section k.  An FPMap is accepted at either of two places."""
        at = self.amap(k)
        out = [(AMAP, at)]
        if self.page_maps:
            if k % 8 == 0:
                out.append((PMAP, at + 0x200))
            if k >= 128 and (k - 128) % 496 == 0:
                out.append((FMAP, at + 0x400))
            if self.word == 8 and k >= 8192 and (k - 8192) % 31744 == 0:
                out += [(FPMAP, at + 0x400), (FPMAP, at + 0x600)]
        return out


ANSI = Format("ansi", 14, 19, b"SM", 4, 512, 12, 8, 4, 496, 1, 64, 8192, 12, 8, 4, 0x4400, 4, 496, 0x4200, 4, 11,
              0x1E, "cp1252", _header(4))
UNICODE = Format("unicode", 23, 19, b"SM", 8, 512, 16, 4, 8, 488, 1, 64, 8192, 16, 4, 8, 0x4400, 0, 496, 0x4200, 8, 11,
                 0x1F, "utf-16-le", _header(8))
UNICODE4K = Format("unicode4k", 36, 12, b"SO", 8, 4096, 24, 4, 8, 4056, 2, 512, 65536, 24, 4, 8, 0x22000, 0, 4072,
                   0x21000, 8, 14, 0x1F, "utf-16-le", _header(8))
FORMATS = {f.name: f for f in (ANSI, UNICODE, UNICODE4K)}


def format_of(head, at):
    """The format that a header names, or that the first map page shows; None when neither speaks.

    head: the first bytes of the file; at(offset, size): reads the file."""
    version = struct.unpack_from("<H", head, 10)[0] if len(head) >= 12 else 0
    if version in (14, 15):
        return ANSI
    if 16 <= version <= 35:
        return UNICODE
    if version == 36:
        return UNICODE4K
    for f in (UNICODE, ANSI, UNICODE4K):
        if at(f.first_amap + f.page_data, 2) == bytes([AMAP, AMAP]):
            return f
    return None


# least free bytes of a heap block for each fill level, 0 to 15 (not in 4K files)
FILL_LEVELS = (3584, 2560, 2048, 1792, 1536, 1280, 1024, 768, 512, 256, 128, 64, 32, 16, 8, 0)


def ceil_to(x, unit):
    return -(-x // unit) * unit


def weak_crc(data, crc=0):
    """CRC-32 without the two inversions."""
    return zlib.crc32(data, crc ^ 0xFFFFFFFF) ^ 0xFFFFFFFF


def compute_sig(ib, bid):
    x = (ib ^ bid) & 0xFFFFFFFF
    return (x >> 16) ^ (x & 0xFFFF)


R = bytes.fromhex("""
41361362a8216ebbf416cc047f64e85d1ef2cb2a74c55e35d295479e962d9a88
4c7d843fdbac31b6485ff6c4d8398be7233b388ec8c1df25b120a546604e9cfb
aad35651457c550007c92b9d859b09a08fadb30f63ab894bd7a7155a716642bf
264a6b98faea7753b270052cfd593a867ece06eb827857c78d43afb41cd45bcd
e2e9274fc3087280cfb0eff5286dbe304d3492d50e3c2232e5e4f99fc2d10a81
12e1ee918376e397e6618a1779a4b7dc907a5c8c02a6ca69de501a1193b95287
58fced1d37491b6ae0293399bd6cd994f340546ff0c673b8d63e6518441fdd67
10f10c19ecae03a1147ba90bfff8a3c0a201f72ebc2468750dfeba2fb5d0da3d""")
S = bytes.fromhex("""
14530f56b3c87a9ceb65481716159f02cc547c83000d0c0ba262a876dbd9edc7
c5a4dcac8574d6d0a79bae9a967166c36399b8dd73928e847da55ed15d93b157
5150808952944f4e0a6bbc8d7f6e47464140440111cb033ff7f4e1a98f3c3af9
fbf0193082092ec99da08649ee6f4d6dc42d813425871b88aafc06a11238fd4c
4272641337246a757743ffe6b44b365ce4d8353d45b92cecb7312b290768a30e
697b189e2139be281a5b78f523ca2ab0af3efe048ce7e5983295d3f64ae8a6ea
e9f3d52f7020f21f0567ad5510cecde3273bdabad7c226d4911dd21c2233f8fa
f15aefcf90b68bb5bdc0bf08971e6ce261e0c6c159abbb58de5fdf60797eb28a""")
I = bytes(R.index(x) for x in range(256))


@lru_cache(maxsize=None)
def _cyclic_step(high):
    """Everything one byte goes through but the low byte of the key, for one high byte."""
    return bytes(I[(S[(R[x] + high) & 255] - high) & 255] for x in range(256))


def cyclic(data, bid):
    w = ((bid ^ (bid >> 16)) & 0xFFFF)
    out = bytearray(len(data))
    for i, b in enumerate(data):
        low = w & 255
        out[i] = (_cyclic_step(w >> 8)[(b + low) & 255] - low) & 255
        w = (w + 1) & 0xFFFF
    return bytes(out)


def encode(data, method, bid):
    return data.translate(R) if method == PERMUTE else cyclic(data, bid) if method == CYCLIC else data


def decode(data, method, bid):
    return data.translate(I) if method == PERMUTE else cyclic(data, bid) if method == CYCLIC else data


def fill_level(f, end):
    """The level of a heap block whose page map ends at `end`."""
    if f.compresses:
        return end * 15 // f.data_max
    return next(level for level, least in enumerate(FILL_LEVELS) if f.data_max - end >= least)


def longest_zero_run(bits, width):
    """Length of the longest run of zero bits among the low `width` bits of a number."""
    free, run = ~bits & ((1 << width) - 1), 0
    while free:
        free &= free << 1
        run += 1
    return run


def page_trailer(f, kind, ib, bid, data):
    sig = 0 if kind in (AMAP, PMAP, FMAP, FPMAP) else compute_sig(ib, bid)
    crc = weak_crc(data)
    if f.word == 4:
        return struct.pack("<BBHII", kind, kind, sig, bid, crc)
    return struct.pack("<BBHIQ", kind, kind, sig, crc, bid) + (b"\1" + bytes(7) if f.page == 4096 else b"")


def block_trailer(f, ib, bid, stored, inflated):
    sig, crc = compute_sig(ib, bid), weak_crc(stored)
    if f.word == 4:
        return struct.pack("<HHII", len(stored), sig, bid, crc)
    head = struct.pack("<HHIQ", len(stored), sig, crc, bid)
    return head + struct.pack("<HHI", 2, inflated, 0) if f.compresses else head


def seal_header(f, head):
    """Set the CRCs of a header (a bytearray) after everything else in it is set."""
    struct.pack_into("<I", head, 4, weak_crc(bytes(head[8:479])))
    if f.word == 8:
        struct.pack_into("<I", head, 524, weak_crc(bytes(head[8:524])))
