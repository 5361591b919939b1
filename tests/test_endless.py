"""Stores that lead a reader astray: folders in each other, messages in themselves, lists that name a block a million times."""

import json
import os
import random
import resource
import time

import pytest

from conftest import ROOT
from image import format as F
from image.builder import Builder, store
from image.damage import Image
from image.layout import Writer
from judges import Run
from test_hostile import FAILED, FORMATS, LEFT, SOUND, bomb
from test_read import FOLDER, MESSAGE, everything, of_kind, read

TOP = 0x8022
SECONDS = 60        # under the sanitizers; else it is two at most


def listed(limited, path, *options):  
    run = limited("list", "--json", path, *options)
    assert run.status == SOUND, run.err
    return run.lines


def stopped(limited, path, *command): 
    """It ends soon, with one sentence."""
    run = limited(*command)
    assert run.status == FAILED and len(run.err.splitlines()) == 1 and "reading was stopped" in run.err, run.err
    assert str(path) in run.err


def of(lines, kind):
    return [line[kind] for line in lines if kind in line]


# folders -------------------------------------------------------------------------------------------------


def nest(fmt, n, parents):
    """A store of n folders whose parents become others of these: {number: number}.  -> the image, id of the first"""
    image = store(fmt, folders=n, messages=n, attachments=0)
    first = min(folder for folder in image.store.nodes if folder & 31 == 2 and folder > 0x8082)
    for child, parent in parents.items():
        image.nbt.set(first + 32 * child, parent=first + 32 * parent)
    return image, first


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("cycle", [1, 2, 5])
def test_folders_in_each_other(fmt, cycle, limited, tmp_path):
    """Each is listed once with what is in it; the one with the lowest id is below no other folder."""
    image, first = nest(fmt, 8, {i: (i + 1) % cycle for i in range(cycle)} | {6: 0, 7: 6})
    path = tmp_path / "in.pst"
    path.write_bytes(image.sealed())
    lines = listed(limited, path)
    paths = {f["nid"]: f["path"] for f in of(lines, "folder")}
    assert len(of(lines, "folder")) == len(paths)
    assert paths.keys() == {nid for nid in image.store.nodes if nid & 31 in (2, 3)}
    assert {m["nid"] for m in of(lines, "item") if m["parent"] & 31 == 2} == {nid for nid in image.store.nodes if nid & 31 == 4}
    assert paths[first] == "Folder 1" and paths[first + 7 * 32] == "Folder 1/Folder 7/Folder 8"
    if cycle == 5:      # each is in the next, the last in the first
        assert paths[first + 32] == "Folder 1/Folder 5/Folder 4/Folder 3/Folder 2"
    _, top = read(path)
    assert sum(item.kind == FOLDER for item in everything(top)) == len(paths) - 1


@pytest.mark.parametrize("fmt", FORMATS)
def test_folder_below_a_cycle(fmt, limited, tmp_path):
    """It has a lower id than those above it, and so is the first to lead there."""
    image, first = nest(fmt, 4, {0: 3, 1: 2, 2: 3, 3: 1})
    path = tmp_path / "in.pst"
    path.write_bytes(image.sealed())
    paths = {f["nid"]: f["path"] for f in of(listed(limited, path), "folder")}
    assert [paths[first + 32 * i] for i in range(4)] == ["Folder 2/Folder 4/Folder 1", "Folder 2",
                                                         "Folder 2/Folder 4/Folder 3", "Folder 2/Folder 4"]


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("up", [True, False])
def test_deep_folders(fmt, up, limited, tmp_path):
    """One in the other, a thousand times; also where the lowest comes first in the index, so that the way up is long."""
    writer, builder, folder = begun(fmt)
    data = writer.data(builder.pc({0x3001_001F: "deep"})[0])
    nids = [0x10002 + 32 * i for i in range(1000)]
    for i, nid in enumerate(nids):
        writer.nodes[nid] = (data, 0, (nids[i + 1] if i < 999 else folder.nid) if up else nids[i - 1] if i else folder.nid)
    path = ended(writer, builder, tmp_path / "in.pst")
    folders = of(listed(limited, path), "folder")
    assert len(folders) == len({f["nid"] for f in folders}) and {f["nid"] for f in folders} > set(nids)
    assert max(f["path"].count("/") for f in folders) == 255
    _, top = read(path)
    assert sum(item.kind == FOLDER for item in everything(top)) == len(folders) - 1


# messages ------------------------------------------------------------------------------------------------


def begun(fmt, **options):
    writer = Writer(F.FORMATS[fmt], **options)
    builder = Builder(writer, random.Random(1), 1000)
    builder.frame()
    return writer, builder, builder.add_folder("Inbox", builder.folders[TOP])


def ended(writer, builder, path):
    builder.flush()
    writer.commit()
    path.write_bytes(Image(writer.bytes()).sealed())
    return path


def contexts(writer, builder):
    """Data of a message, and of an attachment that has message 0x200044 in it."""
    return (writer.data(builder.pc({0x001A_001F: "IPM.Note", 0x0037_001F: "Inside"})[0]),
            writer.data(builder.pc({0x3704_001F: "inner", 0x3705_0003: 5, 0x3701_000D: (0x200044, 0)})[0]))


@pytest.mark.parametrize("fmt", FORMATS)
def test_message_in_itself(fmt, limited, tmp_path):
    """Its list of subnodes is that of its attachment, too, in which it is."""
    writer, builder, folder = begun(fmt)
    message, attachment = contexts(writer, builder)
    own = writer.next_bid | 2
    assert writer.block(writer.sl(0, [(0x8025, attachment, own), (0x200044, message, own)]), [message]) == own
    writer.nodes[0x200024] = (message, own, folder.nid)
    writer.nodes[writer.new_nid(1)] = (attachment, 0, 0)        # so that it is written
    path = ended(writer, builder, tmp_path / "in.pst")
    lines = listed(limited, path)
    assert len(of(lines, "item")) == 65 and len(of(lines, "attachment")) == 65
    assert [a["whole"] for a in of(lines, "attachment")] == [True] * 64 + [False]
    _, top = read(path)
    assert sum(item.kind == MESSAGE for item in everything(top)) == 65
    top, = of_kind(next(item for item in everything(top) if item.nid == folder.nid), MESSAGE)
    assert {b.block for b in top.blocks} == {message, attachment, own}


@pytest.mark.parametrize("fmt", FORMATS)
def test_messages_without_number(fmt, limited, tmp_path): 
    """Each has two attachments, each of these the message below: two to the 60th."""
    writer, builder, folder = begun(fmt)
    message, attachment = contexts(writer, builder)
    sub = 0
    for _ in range(60):
        inner = writer.subnodes({0x200044: (message, sub)})
        sub = writer.subnodes({0x8025 + 32 * i: (attachment, inner) for i in range(2)})
    writer.nodes[0x200024] = (message, sub, folder.nid)
    path = ended(writer, builder, tmp_path / "in.pst")
    for options in ([], ["--json"]):
        stopped(limited, path, "list", *options, path)


@pytest.mark.parametrize("fmt", FORMATS)
def test_million_entries_in_a_cycle(fmt, limited, tmp_path):
    """Each of a million attachments has for its subnodes the list of lists that it is in; the messages that these are of are
    in each other."""
    writer, builder, folder = begun(fmt)
    message, attachment = contexts(writer, builder)
    writer.nodes[writer.new_nid(1)] = (attachment, 0, 0)        # so that it is written
    n, lists, first = writer.sl_fill, -(-1_000_000 // writer.sl_fill), writer.next_bid
    uppers = -(-lists // writer.sl_fill)
    upper = [first + 4 * i | 2 for i in range(uppers)]
    for i in range(uppers):
        own = range(i * writer.sl_fill, min(lists, (i + 1) * writer.sl_fill))
        leaf = [first + 4 * (uppers + k) | 2 for k in own]
        assert writer.block(writer.sl(1, [(0x8025 + 32 * n * k, bid) for k, bid in zip(own, leaf)]), leaf) == upper[i]
        writer.nodes[0x200024 + 32 * i] = (message, upper[i], folder.nid)
    for k in range(lists):
        entries = [(0x8025 + 32 * (n * k + i), attachment, upper[(k // writer.sl_fill + i) % uppers]) for i in range(n)]
        writer.block(writer.sl(0, entries), [])
    path, out = ended(writer, builder, tmp_path / "in.pst"), tmp_path / "out"
    begin = time.monotonic()
    for command in (["check", "--json"], ["info", "--json"], ["list"], ["dump"]):
        with open(out, "wb") as file:
            run = limited(*command, path, *(["message", 0x200024] if command == ["dump"] else []), stdout=file)
            assert run.status in (SOUND, LEFT, FAILED), run.err
        if command[0] == "check":
            found = {line["problem"] for line in map(json.loads, out.read_text().splitlines()) if "problem" in line}
            assert {"BLOCK_CYCLE", "NODE_DAMAGED"} <= found and run.status == LEFT, found
    assert time.monotonic() - begin < SECONDS / 3


@pytest.mark.parametrize("fmt", FORMATS)
def test_results_without_number(fmt, limited, tmp_path):
    """Two thousand search folders have found the same twenty thousand messages, by the same table."""
    writer, builder, _ = begun(fmt)
    heap, more = builder.table(0x610, [builder.row(0x200024 + 32 * i, {}) for i in range(20000)])
    table, search = (writer.data(heap), builder.subnodes(more)), writer.data(builder.pc({0x3001_001F: "search"})[0])
    for nid in range(0x20003, 0x20003 + 32 * 2000, 32):
        writer.nodes[nid] = (search, 0, TOP)
        writer.nodes[nid & ~31 | 0x10] = (*table, 0)
    path, out = ended(writer, builder, tmp_path / "in.pst"), tmp_path / "out"
    with open(out, "wb") as file:
        run = limited("list", "--json", path, stdout=file)
        assert run.status == FAILED and len(run.err.splitlines()) == 1 and "reading was stopped" in run.err, run.err
    assert out.stat().st_size <= 8 * path.stat().st_size + (64 << 20)


# blocks --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fmt", FORMATS)
def test_messages_of_gigabytes(fmt, limited, tmp_path):
    """Two thousand messages whose data is the same tree of lists, each naming the same block over and over."""
    writer, builder, folder = begun(fmt)
    data, _ = bomb(writer)
    for i in range(2000):
        writer.nodes[0x200024 + 32 * i] = (data, 0, folder.nid)
    path = ended(writer, builder, tmp_path / "in.pst")
    stopped(limited, path, "list", path)
    stopped(limited, path, "list", "--json", path)


def table_of_bombs(builder, writer, column):
    """A table of recipients whose only column is long text; all cells of all its rows are the same subnode."""
    rows = [builder.row(i, {column: "x" * 4000}) for i in range(2000)]
    heap, more = builder.table(0x692, rows)
    nids = [nid for nid in more if nid & 31 == 0x1F and nid != 0x3F]
    data, _ = bomb(writer)
    return heap, {**{nid: (data, 0) for nid in nids}, 0x3F: (writer.data(more[0x3F]), 0)}


@pytest.mark.parametrize("fmt", FORMATS)
def test_cells_of_gigabytes(fmt, limited, tmp_path):  
    """Two thousand recipients, each with a name of gigabytes, which is the same: also what one structure is to be dumped."""
    writer, builder, folder = begun(fmt)
    message, _ = contexts(writer, builder)
    heap, entries = table_of_bombs(builder, writer, 0x3001_001F)
    writer.nodes[0x200024] = (message, writer.subnodes({0x692: (writer.data(heap), writer.subnodes(entries))}), folder.nid)
    path = ended(writer, builder, tmp_path / "in.pst")
    assert of(listed(limited, path), "item")[0]["recipients"] == 2000
    stopped(limited, path, "dump", path, "tc", "0x200024/0x692")
    program = os.environ.get("PST_READ", ROOT / "build" / "tests" / "pst-read")
    out, most = tmp_path / "out", 8 * path.stat().st_size + (100 << 20)
    with open(out, "wb") as file:
        run = Run(program, path, seconds=60, stdout=file,
                  preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
        assert run.status == 1 and "reading was stopped" in run.err
    out.unlink()
