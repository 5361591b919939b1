"""The reading interface gives every property of every item byte for byte as the Python reader finds it."""

import hashlib
import os
import struct
import subprocess
import uuid
from collections import Counter, namedtuple
from pathlib import Path

import pytest

from image.builder import store
from image.damage import Image
from image.format import weak_crc
from image.messaging import items
from image.names import NAMES
from image.tables import property_context
from test_list import CORPUS, MADE, SAMPLES, all_gone

ROOT = Path(__file__).resolve().parent.parent
FOLDER, SEARCH, MESSAGE, ASSOCIATED, RECIPIENT, ATTACHMENT = range(1, 7)     # pstfix_kind
OBJECT = 0x0D       # the interface gives the data of the subnode, the Python reader where that is

MAPI, PUBLIC_STRINGS = (uuid.UUID(f"0002032{n}-0000-0000-c000-000000000046") for n in (8, 9))

Item = namedtuple("Item", "kind nid whole properties children")


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
    item = Item(int(words[1]), int(words[2], 16), words[4] == "1", {}, [])
    while True:
        words, behind = line_of(data, at)
        if words[0] == "end":
            return item, behind
        if words[0] == "item":
            child, at = parse(data, at)
            item.children.append(child)
            continue
        tag, present, size = int(words[1], 16), words[2] == "1", int(words[3])
        assert present and data[behind + size:behind + size + 1] == b"\n", f"{item.nid:x} {tag:08x}"
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
    check_names(image.store, names)


@pytest.mark.parametrize("name", [*MADE, *SAMPLES])
def test_read_without_indexes(name, image, tmp_path):
    all_gone(sound := image.copy())
    path = tmp_path / "in.pst"
    path.write_bytes(sound.sealed())
    names, top = read(path)
    check_all(image, top)
    check_names(image.store, names)
