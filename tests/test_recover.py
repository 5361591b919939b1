"""What proves itself, without header and roots; what has become of the items, and where they came from."""

import json
import random
from collections import Counter

import pytest

from image import format as F
from image.builder import TOP, Builder, store
from image.damage import Image
from image.hierarchy import SUBFOLDERS
from image.layout import Writer
from image.reader import Store, content
from test_deleted import folder_of
from test_hostile import CORRECTED, FORMATS, LEFT
from test_list import CORPUS, SAMPLES
from test_problems import check_content
from test_read import blocks_of

MESSAGES = (4, 8)


def tallies(run):
    """(of all, {folder, or its name: of it}); each is found, whole, partial, unrecoverable"""
    rows = [line["tally"] for line in run.lines if "tally" in line]
    of = {row.get("nid", row.get("path")): tuple(row[key] for key in ("found", "whole", "partial", "unrecoverable")) for row in rows}
    assert len(of) == len(rows) and all(found == whole + partial + lost for found, whole, partial, lost in of.values())
    of_all = of.pop(None)
    assert [sum(column) for column in zip(*of.values(), (0,) * 4)] == [*of_all]
    return of_all, of


def agrees_with(result, run):
    """Each line is of a folder in the result, by the name that it has there, and of the messages in it."""
    paths = {row["tally"]["path"].rpartition("/")[2]: row["tally"] for row in run.lines if "path" in row.get("tally", ())}
    assert {name: row["whole"] + row["partial"] for name, row in paths.items()} == \
        Counter(folder_of(result, nid) for nid in result.nodes if nid & 31 in MESSAGES)
    return all(result.nodes[row["nid"]].parent for row in paths.values() if "nid" in row)


@pytest.mark.parametrize("name", [*CORPUS, *SAMPLES])
def test_real(name, path, tool, tmp_path):
    """Nothing needs the header's word: all contents come back, but what a repair would have made anew."""
    before, out = Store(path), tmp_path / "out.pst"
    run = tool.json("recover", path, "-o", out)
    assert run.status in (CORRECTED, CORRECTED | LEFT) and (run.status == CORRECTED) == (not run.losses)
    after = Store(out)
    check_content(before, path.read_bytes(), after, any(line["fix"] == "content" for line in run.problems))
    of_all, of_folders = tallies(run)
    messages = [nid for nid in before.nodes if nid & 31 in MESSAGES]
    assert of_all == (len(messages), len(messages), 0, 0)
    assert tool("check", out).status == 0 and tool("repair", out).status == 0


@pytest.mark.parametrize("fmt", FORMATS)
def test_roots_that_lie(fmt, tool, tmp_path):
    """A header that proves itself, but leads to the roots of an empty store: a repair believes it, recover does not."""
    image = store(fmt, folders=3, messages=20, leaf_fill=6)
    expected, source, out = content(image.store), tmp_path / "in.pst", tmp_path / "out.pst"
    leaf = min(image.nbt.pages, key=lambda page: (page.level, page.ib))
    image.header["nbt.ib"], image.header["nbt.bid"] = leaf.ib, leaf.bid
    source.write_bytes(image.sealed())
    assert tool("recover", source, "-o", out).status == CORRECTED
    assert content(Store(out)) == expected


@pytest.mark.parametrize("command", ("repair", "recover"))
@pytest.mark.parametrize("fmt", FORMATS)
def test_reconciliation(command, fmt, tool, tmp_path):
    """One message whose properties are damaged, one of which a part is, one that only a row speaks of."""
    image = store(fmt, folders=2, messages=9, attachments=3, leaf_fill=6)
    source, out = tmp_path / "in.pst", tmp_path / "out.pst"
    with_attachment = next(m for m in image.expected if m.attachments)
    gone, row = [m for m in image.expected if m is not with_attachment][:2]
    part = max(below for nid, (below, _) in image.store.subnodes(image.store.nodes[with_attachment.nid].sub).items() if nid & 31 == 5)
    for bid in (image.store.nodes[gone.nid].data, next(iter(image.store.leaves(part)))):
        entry = image.store.blocks[bid & ~1]
        image.write(entry.ib + 20, bytes([image.store.at(entry.ib + 20, 1)[0] ^ 0x40]))
    image.nbt.remove(row.nid)
    for bid in blocks_of(image.store, row.nid, *image.store.nodes[row.nid][1:3]):
        entry = image.store.blocks[bid]
        if entry.cref == 2:
            image.zero(entry.ib, entry.ib + image.format.disk_size(entry.cb))
    source.write_bytes(image.sealed())
    run = tool.json(command, source, "-o", out)
    assert run.status == CORRECTED | LEFT
    of_all, of_folders = tallies(run)
    assert of_all == (9, 6, 1, 2)
    said = {line.get("nid") for line in run.losses} | {line.get("found") for line in run.losses}
    assert {with_attachment.nid, gone.nid, row.nid} <= said
    assert "9 found, 6 whole, 1 in part, 2 not recoverable" in tool(command, source, "-o", out, "--force").out


def chain(fmt, path):
    """Folders, each in the one before, with as many messages as each other."""
    writer = Writer(F.FORMATS[fmt], F.PERMUTE)
    builder = Builder(writer, random.Random(1), 1000)
    builder.frame()
    folder = builder.folders[TOP]
    for number in range(12):
        if number % 2 == 0:
            folder = builder.add_folder(f"Year {2000 + number // 2}", folder)
        builder.add_message(folder, builder.compose(number, 0))
    builder.flush()
    writer.commit()
    writer.save(path)
    return Image.load(path)


@pytest.mark.parametrize("command", (("repair",), ("recover",), ("recover", "--deleted")))
@pytest.mark.parametrize("damage", ("leaves", "folders", "unknown", "properties", "names"))
@pytest.mark.parametrize("fmt", FORMATS)
def test_folders_that_are_made_anew(fmt, damage, command, tool, tmp_path):
    """Messages in folders that the source does not have are counted where the result has them."""
    image = chain(fmt, tmp_path / "chain.pst") if damage == "leaves" else store(fmt, folders=4, messages=12, stale=damage == "unknown", leaf_fill=6)
    source, out = tmp_path / "in.pst", tmp_path / "out.pst"
    if damage == "leaves":
        for page in image.nbt.leaves:
            page.zero()
    elif damage == "folders":       # the rows of some are there
        for folder in sorted({image.store.nodes[m.nid].parent for m in image.expected})[::2]:
            image.nbt.remove(folder)
    elif damage in ("properties", "names"):     # of some, or of all, and no table says what they were called
        s = image.store
        for nid in sorted({s.nodes[m.nid].parent for m in image.expected})[:2 if damage == "properties" else None]:
            image.node_block(nid).zero()
            if damage == "names":
                image.node_block(s.nodes[nid].parent & ~31 | SUBFOLDERS).zero()
    else:
        for number, message in enumerate(image.expected[:3]):
            image.nbt.set(message.nid, parent=(0x7FFE2, 0x7FFE2, 0)[number])
    source.write_bytes(image.sealed())
    run = tool.json(*command, source, "-o", out)
    assert run.status & CORRECTED
    of_all, of_folders = tallies(run)
    assert of_all[0] == of_all[1] + of_all[2] + of_all[3] >= 12 and of_folders
    assert agrees_with(Store(out), run)


@pytest.mark.parametrize("fmt", FORMATS)
def test_provenance(fmt, tool, tmp_path):
    """Each item with all its blocks, where they lie in the file, also where that has moved."""
    image = store(fmt, folders=3, messages=9, attachments=2, embedded=1, leaf_fill=6)
    s, data = image.store, bytes(image.sealed())
    source, out, told = tmp_path / "in.pst", tmp_path / "out.pst", tmp_path / "told"
    for front in (0, 100):
        source.write_bytes(random.Random(front).randbytes(front) + data)
        assert tool("recover", source, "-o", out, "--provenance", told, "--force").status == CORRECTED
        rows = [json.loads(line) for line in told.read_text().splitlines()]
        assert [row["nid"] for row in rows] == [nid for nid in sorted(s.nodes) if nid & 31 in (2, 3, *MESSAGES)]
        for row in rows:
            node = s.nodes[row["nid"]]
            blocks = [s.blocks[bid] for bid in blocks_of(s, node.nid, node.data, node.sub)]
            assert sorted(map(tuple, row["extents"])) == sorted((block.ib + front, block.cb) for block in blocks)
            assert row["whole"] and row["parent"] == node.parent


def test_provenance_refused(tool, tmp_path):
    """Before anything is done."""
    source, out, told = tmp_path / "in.pst", tmp_path / "out.pst", tmp_path / "told"
    source.write_bytes(store("unicode").sealed())
    told.write_text("here")
    for where in (told, tmp_path / "no/where"):
        run = tool("recover", source, "-o", out, "--provenance", where)
        assert run.status == 8 and str(where) in run.err
        assert not out.exists()
    assert told.read_text() == "here"


@pytest.mark.parametrize("command", ("repair", "recover"))
def test_provenance_replaces_no_other_file_that_is_named(command, tool, tmp_path):
    """Not even with --force, and whatever it is called."""
    source, out, told, map_ = tmp_path / "in.pst", tmp_path / "out.pst", tmp_path / "told", tmp_path / "map"
    data = bytes(0x234) + store("unicode").sealed()[0x234:]
    source.write_bytes(data)
    map_.write_text(f"0x0 +\n0x0 0x{len(data):x} +\n")
    (tmp_path / "hard").hardlink_to(source)
    (tmp_path / "soft").symlink_to(source)
    (tmp_path / "folder").symlink_to(tmp_path)
    for named in (source, "hard", "soft", "folder/in.pst", f"../{tmp_path.name}/in.pst", out, "folder/out.pst", map_):
        run = tool(command, source, "-o", out, "--map", map_, "--provenance", tmp_path / named, "--force")
        assert run.status == 8 and "the output is the " in run.err
        assert not out.exists() and source.read_bytes() == data and map_.read_text().startswith("0x0 +")
    assert tool(command, source, "-o", map_, "--map", map_, "--force").status == 8
    told.write_text("older")
    for failing in ((tmp_path / "missing", "-o", out), (source, "-o", tmp_path / "no" / "out.pst"), (source, "-o", out, "--dry-run")):
        assert tool(command, *failing, "--provenance", told, "--force").status in (4, 8)
        assert told.read_text() == "older"
    assert tool(command, source, "-o", out, "--provenance", told, "--force").status == CORRECTED
    assert told.read_text().startswith("{") and sorted(path.name for path in tmp_path.iterdir()) == \
        ["folder", "hard", "in.pst", "map", "out.pst", "soft", "told"]
    assert tool(command, source, "-o", out, "--provenance", "-").status == 16


def test_output_is_needed(tool, tmp_path):
    source = tmp_path / "in.pst"
    source.write_bytes(store("unicode").sealed())
    assert tool("recover", source).status == 16
    assert tool("recover", "--dry-run", source).status == 0
