"""The judge and the builder themselves: right about real files, sharp on damage, and readable for other readers."""

import hashlib
import random
import shutil
import struct
import subprocess

import pytest

from image import format as F
from image.builder import Builder, store
from image.damage import Image
from image.layout import Writer
from image.reader import Store, content, items, judge, judge_layers, property_context, whole, whole_nodes

FORMATS = ("ansi", "unicode", "unicode4k")

# format, folders without the root (search folders count), messages, their attachments
REAL = {
    "gopst-32-bit.pst": ("ansi", 4, 1, 0),
    "gopst-support.pst": ("unicode", 24, 17, 2),
    "jlibpst-dist-list.pst": ("unicode", 23, 4, 2),
    "libyal-outlook.pst": ("unicode", 21, 2, 22),
    "msrs-Empty.pst": ("unicode", 5, 0, 0),
    "pstsdk-sample1.pst": ("unicode", 6, 1, 1),
    "pstsdk-submessage.pst": ("unicode", 5, 1, 1),
    "pstsdk-test_ansi.pst": ("ansi", 5, 1, 0),
    "pstsdk-test_unicode.pst": ("unicode", 5, 2, 0),
}
LARGE = {
    "enron.pst": ("unicode", 10, 71, 70),
    "pstextractortest@outlook.com.ost": ("unicode4k", 56, 183, 34),
    "pstextractortestpdf@outlook.com.ost": ("unicode4k", 52, 162, 12),
}
# genuine files that other software wrote, and what is wrong with their lower layer; the others: test_layers.py
DEVIATIONS = {"gopst-support.pst": {"cbAMapFree"}, "enron.pst": {"dlist"}}


def codes(store_):
    return {code for severity, code, _ in judge(store_) if severity == "error"}


# real files ----------------------------------------------------------------------------------------------


def check_real(path, expected):
    kind, folders, messages, attachments = expected
    real = Store(path)
    assert real.format.name == kind
    assert codes(real) == DEVIATIONS.get(path.name, set())
    digests = content(real)
    assert whole_nodes(digests) == set(real.nodes)
    seen = items(real)
    assert seen.faults == []
    assert len(seen.folders) - 1 == folders
    assert len(seen.messages) == messages
    assert sum(len(message.attachments) for message in seen.messages) == attachments
    assert Image.load(path).sealed() == path.read_bytes()


@pytest.mark.parametrize("name", REAL)
def test_real(corpus, name):
    check_real(corpus / name, REAL[name])


@pytest.mark.parametrize("name", LARGE)
def test_real_large(samples, name):
    check_real(samples / name, LARGE[name])


# numbers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data, crc", [
    (b"", 0), (bytes(100), 0), (b"a", 0x3AB551CE), (b"abc", 0xCA6598D0), (b"123456789", 0x2DFD2D88),
    (b"test", 0xF93BA110), (b"\xff", 0x2D02EF8D), (b"\xff" * 4, 0xDEBB20E3),
    (b"\xff" * 496, 0xA1AAE76E), (bytes(range(256)), 0x2493092B),
    ("content-class".encode("utf-16-le"), 0xE6008F65), (F.R, 0x82A02835), (F.S, 0xE80756A3), (F.I, 0x6D4E07FE)])
def test_weak_crc(data, crc):
    assert F.weak_crc(data) == crc
    assert F.weak_crc(data[5:], F.weak_crc(data[:5])) == crc


@pytest.mark.parametrize("ib, bid, sig", [
    (0x4400, 0x4400, 0), (0x8400, 0x17B, 0x857B), (0x9200, 0x17D, 0x937D), (0x4E00, 0xFE, 0x4EFE),
    (0x4200, 0x17F, 0x437F), (0x47200, 0x45C, 0x7658), (0x250000, 0x4AA4, 0x4A81),
    (0x1F2000, 0x4AAF, 0x6AB0), (0x21000, 0x4AB0, 0x5AB2),
    (0x25800, 0xC, 0x580E), (0x4D000, 0xBE36, 0x6E32), (0x12345678, 0x9ABC, 0xDEF0), (0x100004400, 0x4, 0x4404)])
def test_signature(ib, bid, sig):
    assert F.compute_sig(ib, bid) == sig


def test_encodings():
    assert F.encode(b"Hello", F.PERMUTE, 4).hex() == "07eafdfd86"
    for data, key, encoded in ((bytes(16), 4, "b6a88a2365d9d6471467be86b2c434d2"),
                               (b"0123456789ABCDEF", 0x12345678, "6269441b7096d178ecbd02fdd6f05534"),
                               (bytes(range(8)), 0xFFFC, "7c13c022ba8f6bdd")):
        assert F.cyclic(data, key).hex() == encoded
        assert F.cyclic(bytes.fromhex(encoded), key) == data
    everything = bytes(range(256)) * 3
    for method in (F.NONE, F.PERMUTE, F.CYCLIC):
        assert F.decode(F.encode(everything, method, 0x1234), method, 0x1234) == everything


def test_header_vector():
    """The sample header of the specification."""
    head = bytearray(564)

    def put(name, value):
        at, size = F.UNICODE.header[name]
        head[at:at + size] = value if isinstance(value, bytes) else value.to_bytes(size, "little")

    marks = [0x400] * 32
    marks[2] = marks[5] = marks[13] = marks[14] = marks[15] = 0x404
    marks[3], marks[4], marks[8], marks[31] = 0x4000, 0x10002, 0x8000, 0x40F
    for name, value in (
            ("dwMagic", F.MAGIC), ("wMagicClient", b"SM"), ("wVer", 23), ("wVerClient", 19), ("bPlatformCreate", 1),
            ("bPlatformAccess", 1), ("dwReserved1", 0x75C), ("dwReserved2", 0x0B997BD0), ("bidUnused", 0x100000004),
            ("bidNextP", 0x254), ("dwUnique", 0x45), ("rgnid", struct.pack("<32I", *marks)), ("ibFileEof", 0x9F2400),
            ("ibAMapLast", 0x9B4400), ("cbAMapFree", 0x12F240), ("nbt.bid", 0x24B), ("nbt.ib", 0x905200),
            ("bbt.bid", 0x253), ("bbt.ib", 0x900A00), ("fAMapValid", 2), ("rgbFM", b"\xff" * 128),
            ("rgbFP", b"\xff" * 128), ("bSentinel", 0x80), ("bCryptMethod", 1), ("bidNextB", 0x1434)):
        put(name, value)
    F.seal_header(F.UNICODE, head)
    assert head[4:8] == struct.pack("<I", 0x379AA90E)
    assert head[524:528] == struct.pack("<I", 0x1FD283D6)


def test_trailer_vectors():
    bbt = bytes.fromhex("040000000000000076010000000000000078000000000000"
                        "80000000000000007901000000000000006c000000000000").ljust(488, b"\0")
    bbt += bytes.fromhex("0214180100000000")
    assert F.page_trailer(F.UNICODE, F.BBT, 0x8400, 0x17B, bbt).hex() == "80807b857690ddd77b01000000000000"
    nbt = bytes.fromhex("21000000fd000000004c000026220000f9000000006a0000").ljust(496, b"\0")
    nbt += bytes.fromhex("02290c01")
    assert F.page_trailer(F.ANSI, F.NBT, 0x4E00, 0xFE, nbt).hex() == "8181fe4efe0000001b262818"
    links = [(0x21, 0x2DCD, 0x2BF000), (0x21CD, 0x2DB7, 0x1EA000), (0x81EF, 0x2D99, 0x259000),
             (0x100108, 0x1D88, 0x257000), (0x200FE4, 0x1F9A, 0x2CF000)]
    root = b"".join(struct.pack("<3Q", *link) for link in links).ljust(4056, b"\0")
    root += bytes.fromhex("0500a9001801") + bytes(10)
    assert F.page_trailer(F.UNICODE4K, F.NBT, 0x2C0000, 0x2DCE, root).hex() == \
        "8181e22db932b018ce2d0000000000000100000000000000"
    stored = F.encode(bytes.fromhex("23220000"), 1, 0xC0)
    assert stored.hex() == "3f844141"
    assert F.block_trailer(F.UNICODE, 0x4980, 0xC0, stored, 4).hex() == "04004049e954cda6c000000000000000"
    assert F.block_trailer(F.ANSI, 0x6640, 0xDC, stored, 4).hex() == "04009c66dc000000e954cda6"
    record = bytes.fromhex("0c00eca5000000000000000000000000" "0c00")
    assert F.block_trailer(F.UNICODE4K, 0x25800, 0xC, record, 18).hex() == \
        "1200" "0e58" "13f51787" "0c00000000000000" "0200" "1200" "00000000"


def test_geometry():
    assert (F.UNICODE.amap(1), F.UNICODE4K.amap(1), F.UNICODE.amap(8192)) == (0x42400, 0x100A000, 0x7C004400)
    assert F.UNICODE.maps(8) == [(F.AMAP, 0x1F4400), (F.PMAP, 0x1F4600)]
    assert (F.FMAP, 0x1F04800) in F.UNICODE.maps(128)
    assert [f.xblock_max for f in F.FORMATS.values()] == [2043, 1021, 8188]


# template -> length and weak CRC, in Unicode, ANSI, 4K
TEMPLATES = {
    0x60D: ((156, 0xD5949689), (156, 0xB2C5990E), (172, 0xB5E3110A)),
    0x60E: ((276, 0x8DB18212), (268, 0x779F3BA4), (316, 0x4AA616CD)),
    0x60F: ((172, 0x79CDD73E), (172, 0x4B5A9435), (220, 0x02BB726C)),
    0x610: ((204, 0xFBE210D8), (204, 0x5CAC056B), (212, 0xE6066149)),
    0x671: ((100, 0xA411E5C2), (100, 0xC97A5DCD), (108, 0x4BB5DD3E)),
    0x692: ((164, 0x6E6ACD01), (164, 0x42225027), (164, 0x6E6ACD01)),
    0x62B: ((114, 0xCD0DEAD9), (112, 0x327C54AB), None),
    0x64C: ((92, 0x7DA36CBA), None, (92, 0x7DA36CBA)),
    0x6B6: ((92, 0x6FF3FB10), (92, 0x0FAA850D), (92, 0x6FF3FB10)),
    0x6D7: ((124, 0x582FD51E), (124, 0x914E345B), (124, 0x582FD51E)),
    0x6F8: ((84, 0x76C8D87A), (84, 0x76C8D87A), (84, 0x76C8D87A)),
    0xC01: ((34, 0x210E82BD),) * 3,
    0x2227: ((38, 0x8D9F9A45),) * 3,
    0x122: ((62, 0x15117DAB), (62, 0xBA55EFEC), (62, 0x15117DAB)),
}


@pytest.mark.parametrize("nid", TEMPLATES)
def test_templates(nid):
    """The builder's heaps are Outlook's, byte for byte."""
    for fmt, expected in zip(("unicode", "ansi", "unicode4k"), TEMPLATES[nid]):
        image = store(fmt, messages=0, folders=0)
        if expected:
            data = image.store.stream(image.node(nid).data)
            assert (len(data), F.weak_crc(data)) == expected


def test_conversation_index():
    """0xE01 of an empty store."""
    image = store("unicode", messages=0)
    assert image.store.stream(image.node(0xE01).data).hex() == (
        "4c00eccc2000000000000000" "40000000010000000400200000000000" "03000000000000001000000000000000"
        "b3480000000000000000000000000000" "00000000e2010000" "b504040000000000" "02000000" "0c0044004c00")


# made files ----------------------------------------------------------------------------------------------

VARIANTS = {
    "plain": dict(),
    "bare": dict(folders=0, messages=0),
    "not encoded": dict(crypt=0),
    "cyclic": dict(crypt=2, messages=5),
    "compressed": dict(crypt=0, compress=True),
    "deep": dict(leaf_fill=3, messages=6),
    "two sections": dict(sections=2),
    "stale": dict(stale=True, leaf_fill=6),
    "xxblock": dict(x_fill=2, attachments=2),
    "siblock": dict(sl_fill=2, attachments=4),
    "many attachments": dict(subnodes=150, messages=2),
    "hidden": dict(associated=3),
    "nested": dict(embedded=3, messages=3),
    "many rows": dict(messages=500, folders=1, attachments=0, embedded=False),
}


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_made(fmt, variant, tmp_path):
    image = store(fmt, **VARIANTS[variant])
    data = image.sealed()
    made = Store(data)
    assert judge(made) + judge_layers(made) == []
    assert whole_nodes(content(made)) == set(made.nodes)
    check_sizes(made)
    check_items(items(made), image)
    check_others(tmp_path, data, image)


def test_made_is_repeatable():
    assert store("unicode", messages=4).sealed() == store("unicode", messages=4).sealed()
    assert store("unicode", messages=4, seed=2).sealed() != store("unicode", messages=4).sealed()


def test_natural_siblock_and_xxblock(tmp_path):
    """Full XBLOCKs and SLBLOCKs, without the options that make them small."""
    image = store("unicode", messages=2, subnodes=345, attachment_size=F.UNICODE.data_max * 1021 + 5)
    data = image.sealed()
    assert judge(Store(data)) == []
    check_items(items(Store(data)), image)
    check_others(tmp_path, data, image)
    kinds = {image.store.children(bid)[:2] for bid in image.store.blocks if bid & 2}
    assert kinds == {(1, 1), (1, 2), (2, 0), (2, 1)}


def test_free_maps():
    """Past section 128 there are FMap pages."""
    image = store("unicode", sections=130)
    assert judge(image.store) == []
    assert (F.FMAP, 0x1F04800) in image.format.maps(128)
    image.zero(0x1F04800, 0x1F04A00)
    assert codes(Store(image.sealed())) == {"map"}


def test_beyond_two_gigabytes(tmp_path):
    path = tmp_path / "large.pst"
    store("unicode", sections=8200, messages=3, save=path)
    large = Store(path)
    assert large.size > 0x7C004400
    assert judge(large) == []
    assert len(items(large).messages) == 3


def check_items(seen, image):
    assert seen.faults == []
    messages = {message.nid: message for message in seen.messages}
    assert set(messages) == {e.nid for e in image.expected}
    for expected in image.expected:
        check_message(messages[expected.nid], expected)
    listed = {nid for folder in seen.folders if folder.nid & 31 == 2 for nid in folder.contents}
    assert listed == set(messages)


def check_sizes(made):
    """MessageSize is the size of all external blocks of the message."""
    for nid, node in made.nodes.items():
        if nid & 31 == 4:
            size = struct.unpack("<I", property_context(made, node.data, node.sub)[0][0x0E080003])[0]
            assert size == weight(made, node.data, node.sub)


def weight(made, data, sub):
    return sum(map(len, made.parts(data))) + sum(weight(made, *below) for below in made.subnodes(sub).values())


def check_message(message, expected):
    assert message.subject == expected.subject
    assert message.folder == expected.folder
    assert len(message.recipients) == expected.recipients
    assert [(a.name, a.sha256) for a in message.attachments] == [(a.name, a.sha256) for a in expected.attachments]
    for attachment, inner in zip(message.attachments, expected.attachments):
        if inner.message:
            check_message(attachment.message, inner.message)


def hashes(expected):
    """SHA-256 of all attachments, those of embedded messages too."""
    for attachment in expected.attachments:
        if attachment.message:
            yield from hashes(attachment.message)
        else:
            yield attachment.sha256


def check_others(folder, data, image):
    """libpff and libpst find every message, and every attachment byte for byte."""
    if not shutil.which("pffexport") or not shutil.which("readpst"):
        pytest.skip("pffexport and readpst are not installed")
    path = folder / "made.pst"
    path.write_bytes(data)
    subprocess.run(["pffexport", "-q", "-m", "items", "-t", folder / "pff", path], check=True,
                   stdout=subprocess.DEVNULL)
    wanted = sorted(sha for expected in image.expected for sha in hashes(expected))
    found = [p for p in (folder / "pff.export").rglob("*_file*") if p.is_file()]
    assert sorted(map(sha256, found)) == wanted
    names = [p for p in (folder / "pff.export").rglob("*") if p.is_dir() and p.name.startswith("Message")]
    assert len(names) == len(image.expected) + sum(map(embedded, image.expected))

    if any(image.store.children(bid)[:2] == (2, 1) for bid in image.store.blocks if bid & 2):
        return                          # libpst knows no SIBLOCK
    (folder / "readpst").mkdir()
    subprocess.run(["readpst", "-q", "-D", "-j", "0", "-S", "-o", folder / "readpst", path], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    found = [p for p in (folder / "readpst").rglob("*") if p.is_file()]
    direct = sorted(a.sha256 for e in image.expected for a in e.attachments if a.sha256)
    assert sorted(sha256(p) for p in found if "-file" in p.name) == direct
    hidden = sum(nid & 31 == 8 for nid in image.store.nodes)            # libpst lists them too
    assert len([p for p in found if p.name.isdigit()]) == len(image.expected) + hidden


def embedded(expected):
    """How many messages are in a message."""
    return sum(1 + embedded(a.message) for a in expected.attachments if a.message)


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


# damage --------------------------------------------------------------------------------------------------


def test_stale(tmp_path):
    """The old state is there, in free space, and proves itself; the index does not know it."""
    image = store("unicode", stale=True, leaf_fill=6)
    made, f = image.store, image.format
    assert image.stale.deleted not in made.nodes and image.stale.changed in made.nodes
    live = {page.ib for page in made.pages}
    stale = []
    for ib in range(f.first_amap, made.size, f.page):
        raw = made.at(ib, f.page)
        if raw[f.page_data:f.page_data + 2] in (b"\x81\x81", b"\x80\x80") and ib not in live:
            made.page(ib, raw[f.page_data])
            stale.append(raw)
    assert any(struct.pack("<Q", image.stale.deleted) == raw[i:i + 8] for raw in stale for i in range(0, 488, 32))
    found = {int.from_bytes(made.at(end - 8, 8), "little") for end in range(f.first_amap, made.size, 64)
             if made.at(end - 16, 2) != b"\0\0"}
    assert [bid for bid in range(4, made.header["bidNextB"], 4) if {bid, bid | 2} & found and bid not in made.blocks]


def damaged(fmt, change):
    image = store(fmt, leaf_fill=6)
    change(image)
    return codes(Store(image.sealed()))


def first_data(image):
    return image.block(next(bid for bid in image.store.blocks if not bid & 2))


DAMAGE = {
    "header": lambda i: i.header.set(bSentinel=0),
    "bidNextB": lambda i: i.header.set(bidNextB=8),
    "bidNextP": lambda i: i.header.set(bidNextP=2),
    "cbAMapFree": lambda i: i.header.set(cbAMapFree=64),
    "rgnid": lambda i: i.header.set(rgnid=[0x400] * 32),
    "nbt": lambda i: i.nbt.leaves[1].swap(1, 2),
    "bbt": lambda i: i.bbt.leaves[2].zero(),
    "block": lambda i: first_data(i).flip(3),
    "cref": lambda i: i.bbt.set(first_data(i).bid, cref=9),
    "amap": lambda i: i.amap().set_range(first_data(i).ib, 64, 0),
    "map": lambda i: i.amap().flip(40),
    "dlist": lambda i: i.dlist.flip(20),
    "reference": lambda i: i.bbt.remove(first_data(i).bid),
    "overlap": lambda i: i.bbt.set(first_data(i).bid, ib=i.nbt.root.ib),
}


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("code", DAMAGE)
def test_judge_sees(fmt, code):
    assert code in damaged(fmt, DAMAGE[code])


@pytest.mark.parametrize("fmt", FORMATS)
def test_judge_sees_data_in_siblock(fmt):
    """A list of lists of subnodes names a data block."""
    image = store(fmt, sl_fill=3, subnodes=20)
    word = image.format.word
    upper = next(image.block(bid) for bid in image.store.blocks if bid & 2 and image.store.children(bid)[:2] == (2, 1))
    other = next(bid for bid, block in image.store.blocks.items() if not bid & 2)
    upper.write(upper.data[:-word] + other.to_bytes(word, "little"))
    said = [text for _, code, text in judge(Store(image.sealed())) if code == "reference"]
    assert said == [f"block 0x{upper.bid:x}: block 0x{other:x} should be internal"]


@pytest.mark.parametrize("fmt", FORMATS)
def test_pages_edited(fmt):
    image = store(fmt, leaf_fill=6)
    leaf = image.nbt.leaves[3]
    before = leaf.entries
    leaf.swap(0, 1)
    leaf.swap(1, 0)
    leaf.remove(2)
    leaf.insert(2, before[2])
    assert leaf.entries == before
    assert codes(Store(image.sealed())) == set()
    leaf.set_meta(cEnt=3)
    leaf.set_meta(cEnt=6)
    leaf.flip(5)
    leaf.set(1, parent=7)
    assert "nbt" in codes(Store(image.sealed())), "an edit must not seal what was damaged before"


@pytest.mark.parametrize("fmt", FORMATS)
def test_blocks_written(fmt):
    image = store(fmt)
    bid = image.node(0x201).data
    image.block(bid).write(b"\x23\x22\0\0\x23\x22\0\0")
    after = Store(image.sealed())
    assert codes(after) == set()
    assert after.stream(bid) == b"\x23\x22\0\0\x23\x22\0\0"
    image.block(bid).set_trailer(bid=0x4444)
    assert not whole(content(Store(image.sealed()))[0x201])


def test_image_copy_and_cut():
    image = store("unicode", messages=1)
    other = image.copy()
    other.cut(0x4600, 0x4800)
    other.insert(0x4600, bytes(512))
    other.truncate(0x10000)
    other.append(b"more")
    assert len(other.sealed()) == 0x10004
    assert image.sealed() == store("unicode", messages=1).sealed()
    assert "eof" in {code for _, code, _ in judge(Store(image.sealed() + b"x"))}


def test_writer_keeps_pages():
    """A second commit without a change writes nothing."""
    writer = Writer(F.UNICODE)
    builder = Builder(writer, random.Random(1), 1000)
    builder.frame()
    builder.flush()
    writer.commit()
    at = writer.at
    builder.flush()
    writer.commit()
    assert writer.at == at
