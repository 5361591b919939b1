"""Heaps, tables, lists of subnodes, folders and messages made to hurt: each is said to be wrong, or that it asks for
too much, and neither time nor memory nor output is out of proportion to the file."""

import json
import os
import struct

import pytest

from image import ltp
from image.format import weak_crc
from image.names import BUCKETS
from judges import Run
from test_endless import begun, bomb, contexts
from test_hostile import CORRECTED, FAILED, FORMATS, LEFT, SOUND

SECONDS = 60        # under the sanitizers; else it is ten at most
MESSAGE, FIRST_FOLDER = 0x200024, 0x10002
FOLDERS = int(os.environ.get("PST_FOLDERS", 100_000))    # fewer where it is not time that is looked at, which one format tells of all
BTH_LEVELS = 8
CASES = {}


def case(*problems, each=(None,), nid=MESSAGE, dump="pc"):
    """A store by fill(writer, builder, folder, argument).  problems: one of them is said; dump: what the node is."""
    def add(function):
        for one in each:
            name = function.__name__ + ("" if one is None else f"-{one}")
            fill = function if one is None else lambda *args, one=one: function(*args, one)
            CASES[name] = fill, problems, nid, dump
        return function

    return add


def message(writer, folder, blocks, sub=0):
    writer.nodes[MESSAGE] = (writer.data(blocks), sub, folder.nid)


def bth(key, size, levels, root):
    return struct.pack("<BBBBI", 0xB5, key, size, levels, root)


# heaps and trees on them ---------------------------------------------------------------------------------------


@case("BTH_ITEM", "PC_UNREADABLE", each=range(1, BTH_LEVELS + 1))
def item_names_itself(writer, builder, folder, levels):
    heap = ltp.Heap(writer.f, 0xBC)
    heap.add(bth(2, 6, levels, 0x40))
    heap.add(struct.pack("<HI", 0x0037, 0x40) * 590)
    message(writer, folder, heap.blocks())


@case("BTH_ITEM", each=(1, 2, 3))
def all_name_one_leaf(writer, builder, folder, levels):
    heap = ltp.Heap(writer.f, 0xBC)
    heap.add(bth(2, 6, levels, 0x40 + 32 * (levels - 1)))
    heap.add(struct.pack("<HHI", 0x0037, 3, 0) * 440)
    for level in range(levels):
        heap.add(struct.pack("<HI", 0x0037, 0x40 + 32 * level) * 590)
    blocks = heap.blocks()
    root = bth(2, 6, levels, 0x40 + 32 * levels)
    message(writer, folder, [blocks[0][:12] + root + blocks[0][20:]] + blocks[1:])


@case("HEAP_MAP", "PC_UNREADABLE", each=("count", "descending", "last byte", "beyond"))
def page_map(writer, builder, folder, how):
    block = bytearray(b"".join(builder.pc({0x001A_001F: "IPM.Note", 0x0037_001F: "x" * 50})[0]))
    at, = struct.unpack_from("<H", block)
    count, = struct.unpack_from("<H", block, at)
    if how == "count":
        struct.pack_into("<H", block, at, 0xFFFF)
    elif how == "descending":
        offsets = struct.unpack_from(f"<{count + 1}H", block, at + 4)
        struct.pack_into(f"<{count + 1}H", block, at + 4, *reversed(offsets))
    else:
        struct.pack_into("<H", block, 0, len(block) - 1 if how == "last byte" else 0xFFFF)
    message(writer, folder, bytes(block))


@case("BTH_DUPLICATE")
def equal_properties(writer, builder, folder):
    heap = ltp.Heap(writer.f, 0xBC)
    tree = ltp.Bth(heap, 2, 6, 65536)
    tree.fill([(0x0037, struct.pack("<HI", 3, 1))] * 65536)
    message(writer, folder, heap.blocks())


# values --------------------------------------------------------------------------------------------------------


def large_list():
    """A value of many strings, as large as any that is gone through."""
    count = 100_000
    return struct.pack(f"<I{count}I", count, *[4 + 4 * count] * count) + bytes((1 << 20) - 4 - 4 * count)


@case("WORK_BOUND_NODES", "PC_VALUE_SIZE")
def properties_of_one_value(writer, builder, folder):
    heap = ltp.Heap(writer.f, 0xBC)
    tree = ltp.Bth(heap, 2, 6, 30000)
    tree.fill([(i + 1, struct.pack("<HI", 0x101F, 0x803F)) for i in range(30000)])
    message(writer, folder, heap.blocks(), writer.subnodes({0x803F: (writer.data(large_list()), 0)}))


@case("WORK_BOUND_NODES", "TC_CELL", "RECIPIENT_COLUMN", nid="0x200024/0x692", dump="tc")
def cells_of_one_value(writer, builder, folder):
    f, tag = writer.f, 0x3A00_101F
    rows = [{ltp.ROW_ID: i, ltp.ROW_VERSION: i + 1000, tag: b"x" * 4000} for i in range(5000)]
    heap, more = ltp.table_context(f, [tag, ltp.ROW_ID, ltp.ROW_VERSION], rows, lambda kind: 0x803F)
    table = writer.data(heap), writer.subnodes({0x3F: (writer.data(more[0x3F]), 0),
                                                0x803F: (writer.data(large_list()), 0)})
    message(writer, folder, builder.pc({0x001A_001F: "IPM.Note"})[0], writer.subnodes({0x692: table}))


@case("WORK_BOUND_NODES", "NAME_ENTRY", nid=0x61)
def names_of_one_text(writer, builder, folder):
    """They are all in one bucket, as they belong: each costs the checksum of 16 MB twice."""
    word, text, count = 1 << 1 | 1, b"x\0" * (8 << 20), 32768
    entries = b"".join(struct.pack("<IHH", 0, word, i) for i in range(count))
    hashed = weak_crc(text)
    bucket = b"".join(struct.pack("<IHH", hashed, word, i) for i in range(count))
    values = {0x0001_0003: BUCKETS, 0x0003_0102: entries,
              0x0004_0102: struct.pack("<I", len(text)) + text, (0x1000 + (hashed ^ word) % BUCKETS) << 16 | 0x102: bucket}
    heap, more = builder.pc(values)
    writer.nodes[0x61] = (writer.data(heap), builder.subnodes(more), 0)


# tables --------------------------------------------------------------------------------------------------------


def table(writer, columns, ends, index, matrix, subnodes=()):
    """A table of recipients.  columns: [(tag, place, width, bit)]; index: (levels, [items]) of its tree"""
    heap = ltp.Heap(writer.f, 0x7C, 0x40)
    heap.add(bytes(8))
    heap.add(struct.pack("<BB4HIII", 0x7C, len(columns), *ends, 0x20, matrix, 0) +
             b"".join(struct.pack("<IHBB", *column) for column in columns))
    levels, root = index(heap)
    heap.set(0x20, bth(4, writer.f.word == 8 and 4 or 2, levels, root))
    return writer.data(heap.blocks()), writer.subnodes(dict(subnodes))


def with_recipients(writer, builder, folder, inner):
    message(writer, folder, builder.pc({0x001A_001F: "IPM.Note"})[0], writer.subnodes({0x692: inner}))


def one_row(number, count=1):
    """An index of so many rows, all the same one, as deep as it takes."""
    def index(heap):
        size = 4 if heap.f.word == 8 else 2
        per, level = 3576 // (4 + size), 0
        record = number.to_bytes(size, "little")
        ids = []
        for at in range(0, count, per):
            keys = range(at, min(count, at + per))
            ids.append((at, heap.add(b"".join(key.to_bytes(4, "little") + record for key in keys))))
        while len(ids) > 1:
            level += 1
            ids = [(part[0][0], heap.add(b"".join(struct.pack("<II", *link) for link in part)))
                   for part in (ids[at:at + 440] for at in range(0, len(ids), 440))]
        return level, ids[0][1]

    return index


@case("RECIPIENT_COLUMN", each=(0, 1, 0xFFFF), nid="0x200024/0x692", dump="tc")
def columns_255(writer, builder, folder, width):
    columns = [(0x3000_0003 + (i << 16), 4 * i & 0xFFFF, 4, i) for i in range(255)]
    full, _ = bomb(writer)
    with_recipients(writer, builder, folder,
                    table(writer, columns, [width] * 4, one_row(0), 0x3F, {0x3F: (full, 0)}))


@case("WORK_BOUND_NODES", "TC_ROW_UNNAMED", nid="0x200024/0x692", dump="tc")
def rows_of_gigabytes(writer, builder, folder):
    columns = [(ltp.ROW_ID, 0, 4, 0), (ltp.ROW_VERSION, 4, 4, 1)]
    full, _ = bomb(writer)
    with_recipients(writer, builder, folder, table(writer, columns, [8, 8, 8, 9], one_row(0), 0x3F, {0x3F: (full, 0)}))


@case("TC_ROW_TWICE", nid="0x200024/0x692", dump="tc")
def million_times_one_row(writer, builder, folder):
    columns = [(ltp.ROW_ID, 0, 4, 0), (ltp.ROW_VERSION, 4, 4, 1)]
    rows = {0x3F: (writer.data(bytes(8) + b"\xc0"), 0)}
    with_recipients(writer, builder, folder, table(writer, columns, [8, 8, 8, 9], one_row(0, 1_000_000), 0x3F, rows))


@case("MESSAGE_ROW_ALONE", nid=0x800E | 0xA0, dump="tc")
def rows_without_messages(writer, builder, folder):
    rows = [builder.row(MESSAGE + 32 * i, {}) for i in range(100_000 if writer.f.word == 8 else 60_000)]
    heap, more = builder.table(0x60E, rows, side=writer.f.compresses)
    return lambda: writer.nodes.update({folder.nid & ~31 | 0x0E: (writer.data(heap), builder.subnodes(more), 0)})


# lists of subnodes ---------------------------------------------------------------------------------------------


def many(writer, entry, first=0x8025):
    """As many entries of a list as it holds, all of them the same blocks."""
    return writer.subnodes({first + 32 * i: entry for i in range(writer.sl_fill)})


@case("WORK_BOUND_NODES", "SUBNODE_UNNAMED", dump="message")
def lists_name_one_list(writer, builder, folder):
    """In a list of lists every entry is the same list, and below its entries the same again: 340 to the 12th ways."""
    data, sub = writer.data(b"deep"), 0
    for _ in range(6):
        leaf = many(writer, (data, sub), 0x8035)
        sub = writer.block(writer.sl(1, [(0x8035 + 32 * i, leaf) for i in range(writer.sl_fill)]), [leaf] * writer.sl_fill)
    message(writer, folder, builder.pc({0x001A_001F: "IPM.Note"})[0], sub)


@case("WORK_BOUND_NODES", "MESSAGE_DEPTH", "ATTACHMENT_ROW_MISSING", dump="message")
def attachments_are_one(writer, builder, folder):
    own, attachment = contexts(writer, builder)
    sub = 0
    for _ in range(20 if writer.f.compresses else 60):      # no block is referred to more than 65,535 times
        sub = many(writer, (attachment, writer.subnodes({0x200044: (own, sub)})))
    writer.nodes[MESSAGE] = (own, sub, folder.nid)


@case("MESSAGE_DEPTH", dump="message")
def messages_in_messages(writer, builder, folder):
    own, attachment = contexts(writer, builder)
    sub = 0
    for _ in range(10_000):
        sub = writer.subnodes({0x8025: (attachment, writer.subnodes({0x200044: (own, sub)}))})
    writer.nodes[MESSAGE] = (own, sub, folder.nid)


# folders -------------------------------------------------------------------------------------------------------


@case("FOLDER_TABLE", "FOLDER_CYCLE", each=("chain", "rising chain", "cycle", "children"), nid=FIRST_FOLDER)
def folders(writer, builder, folder, how):
    data = [writer.data(builder.pc({0x3001_001F: name})[0]) for name in "fg"]
    count = FOLDERS if writer.f.name == "unicode" else FOLDERS // 10
    for i in range(count):
        above = {"chain": i - 1, "rising chain": i + 1, "cycle": (i or count) - 1, "children": -1}[how]
        writer.nodes[FIRST_FOLDER + 32 * i] = (data[i % 2], 0, FIRST_FOLDER + 32 * above if 0 <= above < count else folder.nid)


@case("FOLDER_TABLE", each=("chain", "children"), nid=FIRST_FOLDER)
def long_names(writer, builder, folder, how):
    """A thousand folders with the same name of 64 KiB; in a chain the paths are 255 times as long."""
    heap, more = builder.pc({0x3001_001F: "n" * 32768})
    data, sub = writer.data(heap), builder.subnodes(more)
    for i in range(1000):
        writer.nodes[FIRST_FOLDER + 32 * i] = (data, sub, FIRST_FOLDER + 32 * (i - 1) if i and how == "chain" else folder.nid)


@case("MESSAGE_ROW_MISSING", dump="message")
def long_subjects(writer, builder, folder):
    heap, more = builder.pc({0x001A_001F: "IPM.Note", 0x0037_001F: "\1\1" + "s" * 32768})
    data, sub = writer.data(heap), builder.subnodes(more)
    for i in range(2000):
        writer.nodes[MESSAGE + 32 * i] = (data, sub, folder.nid)


CONTROL = "".join(map(chr, [*range(32), *range(127, 160), 0x202E, 0x2028, 0xFEFF, 0xFFFE])) + "\"\\"


@case("FOLDER_ROW_MISSING", dump="message")
def control_characters(writer, builder, folder):
    writer.nodes[FIRST_FOLDER] = (writer.data(builder.pc({0x3001_001F: CONTROL})[0]), 0, folder.nid)
    heap, more = builder.pc({0x001A_001F: CONTROL, 0x0037_001F: CONTROL, 0x0C1A_001F: CONTROL})
    writer.nodes[MESSAGE] = (writer.data(heap), builder.subnodes(more), FIRST_FOLDER)


@case("MESSAGE_ROW_MISSING", dump="message")
def half_characters(writer, builder, folder):
    """Surrogates alone, or in the wrong order: no text, but JSON has to be UTF-8."""
    heap, more = ltp.property_context(writer.f, {0x001A_0102: b"\0\xd8", 0x0037_001F: "x"}, writer.new_nid)
    raw = b"".join(heap).replace("x".encode("utf-16-le"), b"\x00\xdc")
    writer.nodes[FIRST_FOLDER] = (writer.data(raw.replace(b"\x37\0\x1f\0", b"\x01\x30\x1f\0")), 0, folder.nid)
    message(writer, folder, raw)


# the test ------------------------------------------------------------------------------------------------------

def written(name, fmt, path):
    writer, builder, folder = begun(fmt)
    later = CASES[name][0](writer, builder, folder)
    builder.flush()
    if callable(later):
        later()
    writer.commit()
    writer.save(path)


def to_file(limited, out, *command):
    with open(out, "wb") as file:
        run = limited(*command, stdout=file)
        assert run.status is not None
    return run


def is_clean(raw):
    """No character that a terminal would obey."""
    return not any(ord(char) < 32 and char != "\n" or 127 <= ord(char) < 160 or ord(char) in range(0x202A, 0x202F)
                   for char in raw.decode())


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("fmt", FORMATS)
def test_contents(fmt, name, pstfix, limited, tmp_path):
    _, problems, nid, dump = CASES[name]
    path, out = tmp_path / "in.pst", tmp_path / "out"
    written(name, fmt, path)
    size = path.stat().st_size
    most = 8 * size + (64 << 20)

    check = limited("check", "--json", path)
    assert check.status in (SOUND, LEFT), check.err
    assert check.last["work"] <= most
    assert {line["problem"] for line in check.findings} & set(problems), {line["problem"] for line in check.findings}

    assert all(line.get("hid") for line in check.findings if line["problem"] == "BTH_ITEM"), "which item?"

    for command in (["check", path], ["check", "--verbose", path], ["list", path], ["list", "--json", path],
                    ["info", path], ["dump", path, "heap", nid], ["dump", path, dump, nid], ["dump", "--json", path, dump, nid]):
        run = to_file(limited, out, *command)
        if command[0] == "check":
            assert run.status == check.status
        else:
            assert run.status == SOUND or run.status == FAILED and len(run.err.splitlines()) == 1, (command, run.err)
        assert out.stat().st_size <= most, command
        with open(out, "rb") as file:
            if "--json" in command:
                for line in file:
                    json.loads(line)
            elif out.stat().st_size < 1 << 20:
                assert is_clean(file.read()), command

    plan = limited("repair", "--json", "--dry-run", path)
    repair = Run(pstfix, "repair", "--json", path, "-o", tmp_path / "out.pst", seconds=12 * SECONDS)    # a limit would hit libpff too, which may take ten times as long
    assert plan.status == check.status, plan.err
    assert repair.status in (SOUND, LEFT, CORRECTED, CORRECTED | LEFT), repair.err
    for each in tmp_path.iterdir():
        each.unlink()
