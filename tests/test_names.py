"""The name map, damaged: what its streams, and the buckets that say the same, still tell is kept, and no id gets another's name."""

import struct
import uuid
import zlib

import pytest

from image import format as F
from image.builder import store
from image.names import COMMON, HEADERS, name_map
from image.reader import Store
from judges import Readpst
from problems import MESSAGES, SMALL
from scoring import marks_of, values
from test_hostile import CORRECTED, FORMATS, LEFT
from test_partial import attachment_tree, small

NAMES, SETS, ENTRIES, TEXTS = 0x61, 0x0002_0102, 0x0003_0102, 0x0004_0102
OURS = bytes.fromhex("2e5f1d7a4b6c0a4e9b1f3d2c8e5a7f10")
NUMBERS = [(COMMON, i) for i in range(4)]
MANY = NUMBERS + [(COMMON, f"x-{i:04}-{'name' * 80}") for i in range(4, 400)]
FEW = NUMBERS + [(HEADERS, f"x-{i:04}-{'name' * 20}") for i in range(4, 30)]
APART = [((COMMON, HEADERS)[i % 2], i if i % 4 else f"x-{i:04}-name") for i in range(600)]
IN_USE = 0x8050         # by a message, far behind the names that stores have here


def made(monkeypatch, fmt, names, **options):
    monkeypatch.setattr(name_map, "__defaults__", (names,))
    return store(fmt, seed=2, **{**SMALL, **options})


def stream_of(image, which):
    """The block, or list of blocks, of a stream that is in a subnode."""
    wanted = values(image.store, NAMES)[which]
    return next(data for data, _ in image.store.subnodes(image.node(NAMES).sub).values()
                if image.store.stream(data) == wanted)


def named(s):
    """{property id: (set, name or number)} of the name map."""
    guids, entries, texts = (values(s, NAMES).get(tag) or b"" for tag in (SETS, ENTRIES, TEXTS))
    out = {}
    for first, word, index in struct.iter_unpack("<IHH", entries):
        set_ = guids[16 * ((word >> 1) - 3):][:16] if word >> 1 > 2 else word >> 1
        out[0x8000 + index] = set_, texts[first + 4:][:int.from_bytes(texts[first:first + 4], "little")] if word & 1 else first
    return out


def places(s):
    """{property id: where its text is in the stream}"""
    texts = values(s, NAMES)[TEXTS]
    return {0x8000 + index: range(first, first + 4 + int.from_bytes(texts[first:first + 4], "little"))
            for first, word, index in struct.iter_unpack("<IHH", values(s, NAMES)[ENTRIES]) if word & 1}


class Mended:
    """The names before and after a repair that leaves nothing to do."""

    def __init__(self, tool, folder, image):
        source, self.out = folder / "in.pst", folder / "out.pst"
        source.write_bytes(image.sealed())
        assert tool("repair", source, "-o", self.out).status == CORRECTED | LEFT
        assert tool("check", self.out).status == 0
        assert tool("repair", self.out).status == 0
        self.before, self.after = named(image.store), named(Store(self.out))
        self.changed = {prop for prop, name in self.before.items() if self.after[prop] != name}

    def lost(self):
        """Ids whose names are lost: numbers in our own set, that readers take for no property who look at numbers alone."""
        lost = {prop for prop in self.before if self.after[prop][0] == OURS}
        numbers = {self.after[prop][1] for prop in lost}
        assert lost == self.changed and len(numbers) == len(lost) and min(numbers, default=0x10000) >= 0x10000
        return lost


@pytest.mark.parametrize("fmt", FORMATS)
def test_texts_in_part(fmt, tool, tmp_path, monkeypatch):
    """A block in the middle of the texts is gone: all other properties keep their names."""
    image = made(monkeypatch, fmt, MANY)
    block, full = image.block(list(image.store.leaves(stream_of(image, TEXTS)))[1]), image.format.data_max
    image.write(block.ib, b"overwritten " * (block.size // 12))
    mended = Mended(tool, tmp_path, image)
    lost = {prop for prop, place in places(image.store).items() if place.start < 2 * full and place.stop > full}
    assert len(mended.before) == 400 and 3 < len(lost) < 300
    assert mended.lost() == lost


@pytest.mark.parametrize("fmt", FORMATS)
def test_texts(fmt, tool, tmp_path, monkeypatch):
    """All texts are gone: numbers are not."""
    image = made(monkeypatch, fmt, FEW)
    image.block(stream_of(image, TEXTS)).zero()
    assert Mended(tool, tmp_path, image).lost() == {0x8000 + i for i in range(4, 30)}


@pytest.mark.parametrize("fmt", FORMATS)
def test_texts_sector(fmt, tool, tmp_path, monkeypatch):
    """A sector of a block of texts is lost: of the others each has the checksum that its bucket says."""
    image = made(monkeypatch, fmt, MANY)
    block, full = image.block(list(image.store.leaves(stream_of(image, TEXTS)))[1]), image.format.data_max
    start = (block.ib + 1023) // 512 * 512
    image.zero(start, start + 512)
    mended = Mended(tool, tmp_path, image)
    hole = range(full + start - block.ib, full + start - block.ib + 512)
    lost = {prop for prop, place in places(image.store).items() if place.start < hole.stop and place.stop > hole.start}
    assert 0 < len(lost) < 6 and mended.lost() == lost


def test_texts_packed(tool, tmp_path, monkeypatch):
    """The same of a packed block: the texts that inflate before the sector."""
    names = NUMBERS + [(HEADERS, f"x-{i}-{uuid.uuid5(COMMON, str(i))}") for i in range(4, 60)]
    image = made(monkeypatch, "unicode4k", names, compress=True)
    block = image.block(stream_of(image, TEXTS))
    entry = image.store.block(block.bid)
    assert entry.cb < entry.inflated
    start = (block.ib + entry.cb // 2) // 512 * 512
    image.zero(start, start + 512)
    mended = Mended(tool, tmp_path, image)
    left = len(zlib.decompressobj().decompress(image.data[block.ib:start]))
    lost = {prop for prop, place in places(image.store).items() if place.stop > left}
    assert 5 < len(lost) < 50 and mended.lost() == lost


@pytest.mark.parametrize("fmt", FORMATS)
def test_entries(fmt, tool, tmp_path, monkeypatch):
    """The entries are gone: the buckets have them all."""
    image = made(monkeypatch, fmt, [(COMMON, i if i % 40 else f"x-{i}") for i in range(600)])
    image.block(stream_of(image, ENTRIES)).zero()
    assert not Mended(tool, tmp_path, image).changed


@pytest.mark.parametrize("fmt", FORMATS)
def test_heap(fmt, tool, tmp_path, monkeypatch):
    """Sets and buckets are gone, entries and texts are not: names keep their numbers and texts, those of one set stay in one."""
    image = made(monkeypatch, fmt, APART)
    for block in image.store.leaves(image.node(NAMES).data):
        image.block(block).zero()
    mended = Mended(tool, tmp_path, image)
    assert {prop: name for prop, (_, name) in mended.before.items()} == \
           {prop: mended.after[prop][1] for prop in mended.before}
    sets = {(before, mended.after[prop][0]) for prop, (before, _) in mended.before.items()}
    assert len(sets) == 2 and len({after for _, after in sets}) == 2
    assert all(after[:12] == OURS[:12] and after != OURS for _, after in sets)
    assert Readpst(mended.out, tmp_path / "readpst").messages == SMALL["messages"]


@pytest.mark.parametrize("fmt", FORMATS)
def test_mark_behind(fmt, tool, tmp_path):
    """A message has a property behind all names: the mark that another one gets has an id behind that one."""
    image = small(fmt, change=lambda draft: draft.pc(MESSAGES[1]).add_property(IN_USE << 16 | 0x0003, bytes(4)))
    block = image.block(list(image.store.leaves(attachment_tree(image)))[1])
    image.write(block.ib, b"overwritten " * (block.size // 12))
    mended = Mended(tool, tmp_path, image)
    assert not mended.changed and mended.after[IN_USE][0] == OURS
    assert {tag >> 16 for tag in marks_of(Store(mended.out))} == {IN_USE + 1}
