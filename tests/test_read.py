"""The reading interface gives every property of every item byte for byte as the Python reader finds it."""

import hashlib
import os
import subprocess
from collections import namedtuple
from pathlib import Path

import pytest

from image.builder import store
from image.damage import Image
from image.messaging import items
from test_list import CORPUS, MADE, SAMPLES, all_gone

ROOT = Path(__file__).resolve().parent.parent
FOLDER, SEARCH, MESSAGE, ASSOCIATED, RECIPIENT, ATTACHMENT = range(1, 7)     # pstfix_kind
OBJECT = 0x0D       # the interface gives the data of the subnode, the Python reader where that is

Item = namedtuple("Item", "kind nid whole properties children")


@pytest.fixture
def image(request, name):
    if name in MADE:
        return store(name, folders=4, messages=9, attachments=2, embedded=2, leaf_fill=6)
    return Image.load(request.getfixturevalue("corpus" if name in CORPUS else "samples") / name)


def read(path):
    program = os.environ.get("PST_READ", ROOT / "build" / "tests" / "pst-read")
    data = subprocess.run([program, path], stdout=subprocess.PIPE, check=True, timeout=120).stdout
    item, at = parse(data, 0)
    assert at == len(data)
    return item


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


@pytest.mark.parametrize("name", [*MADE, *CORPUS, *SAMPLES])
def test_read(name, image, tmp_path):
    path = tmp_path / "in.pst"
    path.write_bytes(image.sealed())
    check_all(image, read(path))


@pytest.mark.parametrize("name", [*MADE, *SAMPLES])
def test_read_without_indexes(name, image, tmp_path):
    all_gone(sound := image.copy())
    path = tmp_path / "in.pst"
    path.write_bytes(sound.sealed())
    check_all(image, read(path))
