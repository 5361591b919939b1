"""The reading interface gives every property of every item byte for byte as the Python reader finds it."""

import hashlib
import os
import random
import struct
import subprocess
import uuid
import zlib
from collections import Counter, namedtuple
from pathlib import Path

import pytest

from image.builder import Builder, store
from image.damage import Image
from image.format import FORMATS, decode, weak_crc
from image.layout import Writer
from image.messaging import items
from image.names import NAMES
from image.tables import Heap, property_context
from test_list import CORPUS, MADE, SAMPLES, all_gone

ROOT = Path(__file__).resolve().parent.parent
FOLDER, SEARCH, MESSAGE, ASSOCIATED, RECIPIENT, ATTACHMENT = range(1, 7)     # pstfix_kind
NOWHERE = 2 ** 64 - 1
OBJECT = 0x0D       # the interface gives the data of the subnode, the Python reader where that is

MAPI, PUBLIC_STRINGS = (uuid.UUID(f"0002032{n}-0000-0000-c000-000000000046") for n in (8, 9))

# values: {tag: bytes}, extents: {tag: [Extent]}, blocks: [Extent], path: ids of the node, its subnode and so on
Item = namedtuple("Item", "kind nid whole path properties values extents blocks children")
Extent = namedtuple("Extent", "at size offset stored block block_at nid hid packed")


@pytest.fixture
def image(request, name):
    if name in MADE:
        return store(name, folders=4, messages=9, attachments=2, embedded=2, leaf_fill=6)
    return Image.load(request.getfixturevalue("corpus" if name in CORPUS else "samples") / name)


def read(path):
    """-> (names, the store's item)"""
    program = os.environ.get("PST_READ", ROOT / "build" / "tests" / "pst-read")
    data = subprocess.run([program, path], stdout=subprocess.PIPE, check=True, timeout=120).stdout
    names, at = [], 0
    while data.startswith(b"name ", at):
        end = data.index(b"\n", at)
        _, number, present, guid, name = data[at:end].decode().split(" ", 4)
        assert present == "1"
        names.append((int(number, 16), uuid.UUID(bytes_le=bytes.fromhex(guid)),
                      name[1:] if name.startswith("=") else int(name)))
        at = end + 1
    item, at = parse(data, at)
    assert at == len(data)
    return names, item


def line_of(data, at):
    end = data.index(b"\n", at)
    return data[at:end].decode().split(), end + 1


def parse(data, at):
    words, at = line_of(data, at)
    assert words[0] == "item"
    path = [int(word, 16) for word in words[5].split("/")]
    item = Item(int(words[1]), int(words[2], 16), words[4] == "1", path, {}, {}, {}, [], [])
    while True:
        words, behind = line_of(data, at)
        if words[0] == "end":
            return item, behind
        if words[0] == "item":
            child, at = parse(data, at)
            item.children.append(child)
            continue
        if words[0] in ("extent", "block"):
            found = Extent(*map(int, words[1:5]), int(words[5], 16), int(words[6]), int(words[7], 16),
                           int(words[8], 16), words[9] == "1")
            (item.extents[tag] if words[0] == "extent" else item.blocks).append(found)
            at = behind
            continue
        tag, present, size = int(words[1], 16), words[2] == "1", int(words[3])
        assert present and data[behind + size:behind + size + 1] == b"\n", f"{item.nid:x} {tag:08x}"
        item.values[tag], item.extents[tag] = data[behind:behind + size], []
        item.properties[tag] = hashlib.sha256(data[behind:behind + size]).hexdigest()
        at = behind + size + 1


def of_kind(item, *kinds):
    return [child for child in item.children if child.kind in kinds]


def plain(properties):
    return {tag: value for tag, value in properties.items() if tag & 0xFFF != OBJECT}


def row(properties):
    """Without the cells that say which row it is: the Python reader may have them or not."""
    return sorted((tag, value) for tag, value in properties.items() if tag >> 16 not in (0x67F2, 0x67F3))


def check_message(ours, theirs):
    assert plain(ours.properties) == plain(theirs.properties), f"{theirs.nid:x}"
    assert (sorted(row(r.properties) for r in of_kind(ours, RECIPIENT))
            == sorted(row(r) for r in theirs.recipients)), f"{theirs.nid:x}"
    attachments = {a.nid: a for a in of_kind(ours, ATTACHMENT)}
    assert attachments.keys() == {a.nid for a in theirs.attachments}
    for attachment in theirs.attachments:
        own = attachments[attachment.nid]
        assert plain(own.properties) == plain(attachment.properties)
        assert len(own.children) == bool(attachment.message)
        if attachment.message:
            check_message(own.children[0], attachment.message)


def check_all(image, top):
    found, folders, messages = items(image.store), {}, {}

    def walk(item, path):
        for folder in of_kind(item, FOLDER, SEARCH):
            folders[folder.nid] = folder
            walk(folder, path)
        messages.update({m.nid: m for m in of_kind(item, MESSAGE)})

    walk(top, "")
    assert folders.keys() == {f.nid for f in found.folders}
    assert messages.keys() == {m.nid for m in found.messages}
    for folder in found.folders:
        assert folders[folder.nid].properties == folder.properties
    for message in found.messages:
        check_message(messages[message.nid], message)
        assert messages[message.nid].whole


def everything(item):
    yield item
    for child in item.children:
        yield from everything(child)


def bytes_of(store_, extent):
    """What is in the file there, by way of the file's encoding alone."""
    assert store_.blocks[extent.block].inflated >= extent.block_at + extent.size
    raw = store_.at(extent.offset, extent.stored)
    assert len(raw) == extent.stored
    if extent.packed:
        data = decode(zlib.decompress(raw), store_.crypt, extent.block)
        return data[extent.block_at:extent.block_at + extent.size]
    assert extent.stored == extent.size and extent.offset == store_.blocks[extent.block].ib + extent.block_at
    return decode(bytes(extent.block_at) + raw, store_.crypt, extent.block)[extent.block_at:]


def subnode_of(store_, path):
    """(data, sub) of a node, or of a subnode of its subnode and so on."""
    node = store_.nodes.get(path[0])
    data, sub = (node.data, node.sub) if node else (0, 0)
    for nid in path[1:]:
        data, sub = store_.subnodes(sub)[nid]
    return data, sub


def blocks_of(store_, nid, data, sub):
    """{id: {nid}} of all blocks of a node, lists included: the nodes and subnodes that they are of."""
    out, todo = {}, [(data, nid), (sub, nid)]
    while todo:
        bid, nid = todo.pop()
        bid &= ~1
        if not bid or nid in out.setdefault(bid, set()):
            continue
        out[bid].add(nid)
        if bid & 2:
            kind, level, _, entries = store_.children(bid)
            if kind == 1:
                todo += [(entry, nid) for entry in entries]
            elif level:
                todo += [(entry[1], nid) for entry in entries]
            else:
                todo += [(below, entry[0]) for entry in entries for below in entry[1:]]
    return out


def check_places(store_, top):
    """Extents have the bytes of their values and belong to the node and heap item that they name; blocks are all of an
    item's."""
    heaps = {}
    for item in everything(top):
        data, sub = subnode_of(store_, item.path)
        below = store_.subnodes(sub) if sub else {}
        assert item.path[-1] == (0x692 if item.kind == RECIPIENT else item.nid)
        blocks = {b.block: b for b in item.blocks}
        expected = blocks_of(store_, item.path[-1], data, sub)
        assert blocks.keys() == expected.keys() and len(blocks) == len(item.blocks)
        assert all(b.nid in expected[b.block] for b in item.blocks)
        assert all((b.offset, b.stored, b.size) == store_.blocks[b.block][1:4] for b in item.blocks)
        assert [b.offset for b in item.blocks] == sorted(b.offset for b in item.blocks)
        for tag, extents in item.extents.items():
            value = item.values[tag]
            assert b"".join(bytes_of(store_, e) for e in extents) == value, f"{item.path} {tag:08x}"
            assert [e.at for e in extents] == [sum(e.size for e in extents[:i]) for i in range(len(extents))]
            for e in extents:
                assert e.block in blocks
                owner = (data, sub) if e.nid == item.path[-1] else below[e.nid]
                assert e.block in set(store_.leaves(owner[0])), f"{item.path} {tag:08x}"
                if e.hid:
                    heap = heaps.setdefault(owner, None) or Heap(store_, *owner)
                    heaps[owner] = heap
                    assert store_.block_data(e.block)[e.block_at:e.block_at + e.size] in heap.item(e.hid)


def check_names(store_, names):
    """The names are those of the buckets, where the file has them a second time: 5.9 of the format description."""
    node = store_.nodes[0x61]
    properties, _ = property_context(store_, node.data, node.sub)
    sets = properties.get(0x00020102) or b""
    buckets = Counter()
    for number in range(251):
        raw = properties.get((0x1000 + number) << 16 | 0x102) or b""
        buckets.update(raw[i:i + 8] for i in range(0, len(raw), 8))
    known = {uuid.UUID(int=0): 0, MAPI: 1, PUBLIC_STRINGS: 2}
    guids = [uuid.UUID(bytes_le=sets[i:i + 16]) for i in range(0, len(sets), 16)]
    expected = Counter()
    for number, guid, name in names:
        word = (guids.index(guid) + 3 if guid in guids else known[guid]) << 1 | isinstance(name, str)
        first = weak_crc(name.encode("utf-16-le")) if isinstance(name, str) else name
        expected[struct.pack("<IHH", first, word, number - 0x8000)] += 1
    assert expected == buckets


@pytest.mark.parametrize("name", MADE)
def test_names(name, image, tmp_path):
    path = tmp_path / "in.pst"
    path.write_bytes(image.sealed())
    names, _ = read(path)
    assert names == [(0x8000 + i, guid, name) for i, (guid, name) in enumerate(NAMES)]


@pytest.mark.parametrize("name", [*MADE, *CORPUS, *SAMPLES])
def test_read(name, image, tmp_path):
    path = tmp_path / "in.pst"
    path.write_bytes(image.sealed())
    names, top = read(path)
    check_all(image, top)
    check_places(image.store, top)
    check_names(image.store, names)


@pytest.mark.parametrize("fmt, options", [("ansi", {"crypt": 2}), ("unicode", {"crypt": 2}), ("unicode", {"crypt": 0}),
                                          ("unicode4k", {"compress": True}), ("unicode", {"x_fill": 2, "sl_fill": 2})])
def test_places(fmt, options, tmp_path):
    """Also where blocks are encoded by their ids, packed, or lists of lists."""
    image = store(fmt, folders=2, messages=9, attachments=3, embedded=2, **options)
    path = tmp_path / "in.pst"
    path.write_bytes(image.sealed())
    _, top = read(path)
    check_all(image, top)
    check_places(image.store, top)
    if options.get("compress"):
        assert any(e.packed for item in everything(top) for extents in item.extents.values() for e in extents)


@pytest.mark.parametrize("fmt", MADE)
def test_places_of_what_is_missing(fmt, tmp_path):
    """A block that neither the index nor a trailer names any more is nowhere; what lies around it stays where it is."""
    image = store(fmt, folders=2, messages=1)
    _, sub = subnode_of(image.store, [image.expected[0].nid])
    attachment = next(nid for nid in image.store.subnodes(sub) if nid & 31 == 5)
    data = max((data for data, _ in image.store.subnodes(image.store.subnodes(sub)[attachment][1]).values()),
               key=lambda bid: len(list(image.store.leaves(bid))))
    first, lost, last = image.store.leaves(data)
    image.block(lost).zero()
    image.bbt.remove(lost)
    path = tmp_path / "in.pst"
    path.write_bytes(image.sealed())
    _, top = read(path)
    item, = (item for item in everything(top) if item.nid == attachment)
    extents = item.extents[0x37010102]
    assert [e.block for e in extents] == [first, 0, last]
    assert (extents[1].offset, extents[1].stored) == (NOWHERE, 0) and extents[1].size == image.format.data_max
    assert item.values[0x37010102][extents[1].at:extents[2].at] == bytes(extents[1].size)
    for extent in extents[::2]:
        assert bytes_of(image.store, extent) == item.values[0x37010102][extent.at:extent.at + extent.size]
    assert [b.block for b in item.blocks if b.offset == NOWHERE] == [lost] == [item.blocks[-1].block]


@pytest.mark.parametrize("name", [*MADE, *SAMPLES])
def test_read_without_indexes(name, image, tmp_path):
    all_gone(sound := image.copy())
    path = tmp_path / "in.pst"
    path.write_bytes(sound.sealed())
    names, top = read(path)
    check_all(image, top)
    check_names(image.store, names)


@pytest.mark.parametrize("fmt", MADE)
def test_many_recipients(fmt, tmp_path):
    """Those of a message share its table: it is not read again for each, nor is the work counted as if it were."""
    writer = Writer(FORMATS[fmt])
    builder = Builder(writer, random.Random(1), 1000)
    builder.frame()
    folder = builder.add_folder("Inbox", builder.folders[0x8022])
    names = [f"Recipient number {i}" for i in range(2000)]
    heap, more = builder.table(0x692, [builder.row(i, {0x3001_001F: name}) for i, name in enumerate(names)])
    table = writer.data(heap), builder.subnodes(more)
    own = writer.data(builder.pc({0x001A_001F: "IPM.Note"})[0])
    for i in range(20):
        writer.nodes[0x200024 + 32 * i] = (own, writer.subnodes({0x692: table}), folder.nid)
    builder.flush()
    writer.commit()
    path = tmp_path / "in.pst"
    path.write_bytes(Image(writer.bytes()).sealed())
    _, top = read(path)
    found = [item for item in everything(top) if item.kind == RECIPIENT]
    tag, encoding = (0x3001_001E, "cp1252") if fmt == "ansi" else (0x3001_001F, "utf-16-le")
    assert [item.values[tag].decode(encoding) for item in found] == 20 * names
