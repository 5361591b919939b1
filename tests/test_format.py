"""A store laid out afresh: in another format with the same contents, or in its own without free space."""

import random
import struct
from collections import Counter

import pytest

from image import ltp
from image.builder import store
from image.digest import digests, facts_of
from image.reader import Store, content, property_context
from judges import Pffexport, Readpst
from test_endless import begun, ended
from test_hostile import CORRECTED, FAILED, FORMATS, LEFT
from test_hostile_contents import written
from test_list import CORPUS, SAMPLES

USAGE = 16
STRING8, STRING, BINARY, HTML = 0x1E, 0x1F, 0x102, 0x1013
WESTERN = "".join(chr(i) if 0x80 <= i < 0xA0 and not bytes([i]).decode("cp1252", "ignore") else bytes([i]).decode("cp1252")
                  for i in range(256))


def widened(fact):
    """What a fact of an ANSI store is in a Unicode store, where text is of 1252."""
    place, tag, value = fact
    if tag & 0xFFFF != STRING8:
        return fact
    if tag >> 16 == HTML:
        return place, tag & ~0xFFFF | BINARY, value
    return place, tag & ~0xFFFF | STRING, "".join(WESTERN[byte] for byte in value).encode("utf-16-le")


def facts(source, ansi):
    """{message: (its folder, what it says)}"""
    return {nid: (source.nodes[nid].parent, Counter(widened(fact) for fact in facts_of(said).elements()) if ansi else facts_of(said))
            for nid, said in digests(source).items()}


def said_in(fact):
    return sorted(fact[1].items())


def is_unicode_pst(data):
    return data[8:12] == b"SM\x17\0"


def check_result(tool, out):
    run = tool.json("check", out)
    assert run.status == 0 and not run.problems


@pytest.mark.parametrize("name", [*CORPUS, *SAMPLES])
def test_real(name, path, tool, tmp_path):
    """Every value of every message is what it was, in the folder where it was; each time the same bytes."""
    outs = [tmp_path / "first.pst", tmp_path / "second.pst"]
    for out in outs:
        assert tool("recover", path, "-o", out, "--format", "unicode").status == CORRECTED
    data = outs[0].read_bytes()
    assert is_unicode_pst(data) and data == outs[1].read_bytes()
    check_result(tool, outs[0])
    before, after = Store(path), Store(outs[0])
    ansi = before.format.name == "ansi"
    assert facts(after, False) == facts(before, ansi)
    if not ansi:
        assert digests(after) == digests(before)


@pytest.mark.parametrize("name", [*CORPUS, *SAMPLES])
def test_other_readers(name, path, tool, tmp_path):
    """They find in the result what they find in the source."""
    out = tmp_path / "out.pst"
    assert tool("recover", path, "-o", out, "--format", "unicode").status == CORRECTED
    assert Pffexport(out, tmp_path / "pff").items >= Pffexport(path, tmp_path / "pff_before").items
    assert Readpst(out, tmp_path / "readpst").messages == Readpst(path, tmp_path / "readpst_before").messages


@pytest.mark.parametrize("name", [name for name in SAMPLES if name.endswith(".ost")])
def test_folders_of_an_ost(name, path, tool, tmp_path):
    """What was an OST names its folders, as a PST does, and has all nodes that it had."""
    out = tmp_path / "out.pst"
    assert tool("recover", path, "-o", out, "--format", "unicode").status == CORRECTED
    before, after = Store(path), Store(out)
    values, _ = property_context(after, *after.nodes[0x21][1:3])
    key = values[0x0FF90102]
    for tag, nid in ((0x35E00102, 0x2142), (0x35E20102, 0x21A2), (0x35E30102, 0x2162), (0x35E40102, 0x21C2), (0x35E70102, 0x20E2)):
        assert values[tag] == bytes(4) + key + struct.pack("<I", nid)
    assert before.nodes.keys() <= after.nodes.keys()
    assert all(after.nodes[nid].parent == node.parent for nid, node in before.nodes.items())


TEXTS = {    # code page: bytes, and the text that they are; where they are none of it, each is a character of 1252
    1251: ("Привет".encode("cp1251"), "Привет"),
    932: ("件名 ABC".encode("cp932"), "件名 ABC"),
    65001: ("naïve €".encode(), "naïve €"),
    20866: ("Тест".encode("koi8-r"), "Тест"),
    936: (b"caf\xe9", "café"),
    1252: (b"\x80 \x81 \x9f", "€ \x81 Ÿ"),
    0: (b"\xe4", "ä"),
    31337: (b"\xfc", "ü"),
}


@pytest.mark.parametrize("code_page", TEXTS)
def test_code_page(code_page, tool, tmp_path):
    """Text of 8 bits is what the message's code page says, alone, among others, and too long for a heap."""
    raw, text = TEXTS[code_page]
    source, out = tmp_path / "in.pst", tmp_path / "out.pst"
    nid = store("ansi", folders=1, messages=1).expected[0].nid
    many = struct.pack("<3I", 2, 12, 12 + len(raw)) + raw + b"x"
    long = raw * (3500 // len(raw))

    def change(draft):
        pc = draft.pc(nid)
        for tag, value in ((0x3FFD0003, struct.pack("<I", code_page)), (0x6FF0001E, raw), (0x6FF1101E, many), (0x6FF2001E, long),
                           (HTML << 16 | STRING8, raw)):
            pc.add_property(tag, value)
        draft.weigh(nid)

    source.write_bytes(store("ansi", folders=1, messages=1, change=change).sealed())
    assert tool("recover", source, "-o", out, "--format", "unicode").status == CORRECTED
    check_result(tool, out)
    after, wide = Store(out), text.encode("utf-16-le")
    values, _ = property_context(after, *after.nodes[nid][1:3])
    assert values[0x6FF0001F] == wide and values[0x6FF2001F] == wide * (3500 // len(raw))
    assert values[0x6FF1101F] == struct.pack("<3I", 2, 12, 12 + len(wide)) + wide + b"x\0"
    assert values[HTML << 16 | BINARY] == raw


@pytest.mark.parametrize("fmt", FORMATS)
def test_damaged(fmt, tool, tmp_path):
    """A leaf of the node index is lost: its nodes come from their contents, and then into the new format."""
    image = store(fmt, folders=3, messages=20, attachments=2, leaf_fill=6)
    source, out = tmp_path / "in.pst", tmp_path / "out.pst"
    leaves = [page for page in image.nbt.pages if not page.level]
    leaf = leaves[len(leaves) // 2]
    image.zero(leaf.ib, leaf.ib + image.format.page)
    before = facts(store(fmt, folders=3, messages=20, attachments=2, leaf_fill=6).store, fmt == "ansi")
    source.write_bytes(image.sealed())
    assert tool("recover", source, "-o", out, "--format", "unicode").status & ~LEFT == CORRECTED
    assert is_unicode_pst(out.read_bytes())
    check_result(tool, out)
    after = facts(Store(out), False)
    assert sorted(map(said_in, after.values())) == sorted(map(said_in, before.values()))


@pytest.mark.parametrize("option", (("--format", "unicode"), ("--compact",)))
@pytest.mark.parametrize("fmt", FORMATS)
def test_damage_stays(fmt, option, tool, tmp_path):
    """A block of an attachment whose checksum is wrong does not get a right one."""
    image = store(fmt, folders=2, messages=9, attachments=3)
    source, out = tmp_path / "in.pst", tmp_path / "out.pst"
    nid = next(m.nid for m in image.expected if m.attachments)
    part = max(below for sub, (below, _) in image.store.subnodes(image.store.nodes[nid].sub).items() if sub & 31 == 5)
    entry = image.store.blocks[next(iter(image.store.leaves(part))) & ~1]
    image.write(entry.ib + 20, bytes([image.store.at(entry.ib + 20, 1)[0] ^ 0x40]))
    source.write_bytes(image.sealed())
    assert tool("recover", source, "-o", out, *option).status == CORRECTED | LEFT
    losses = tool.json("check", out).losses
    assert nid in {line.get("nid") for line in losses} and "BLOCK_CRC" in {line["problem"] for line in losses}


@pytest.mark.parametrize("command", ("repair", "recover"))
@pytest.mark.parametrize("fmt", FORMATS)
def test_compact(fmt, command, tool, tmp_path):
    """The same blocks, at other places, and nothing between them."""
    image = store(fmt, folders=3, messages=30, attachments=4)
    source, out = tmp_path / "in.pst", tmp_path / "out.pst"
    data = bytes(image.sealed())
    expected = content(image.store)
    source.write_bytes(data)
    assert tool(command, source, "-o", out, "--compact").status == CORRECTED
    after = Store(out)
    assert content(after) == expected and after.blocks.keys() == image.store.blocks.keys()
    assert out.stat().st_size <= len(data)
    check_result(tool, out)


@pytest.mark.parametrize("name", [*CORPUS, *SAMPLES])
def test_compact_real(name, path, tool, tmp_path):
    """All that the file says is said in the smaller one, at the same ids."""
    out, again = tmp_path / "out.pst", tmp_path / "again.pst"
    for each in (out, again):
        assert tool("recover", path, "-o", each, "--compact").status & ~LEFT == CORRECTED
    assert digests(Store(out)) == digests(Store(path)) and out.read_bytes() == again.read_bytes()
    assert Store(path).nodes.keys() <= Store(out).nodes.keys()
    check_result(tool, out)


def test_refused(tool, tmp_path):
    source, out = tmp_path / "in.pst", tmp_path / "out.pst"
    source.write_bytes(store("unicode").sealed())
    for name in ("ansi", "unicode4k", "pdf", ""):
        run = tool("recover", source, "-o", out, "--format", name)
        assert run.status == USAGE and "--format takes unicode" in run.err
    assert tool("repair", source, "-o", out, "--format", "unicode").status == USAGE
    assert not out.exists()


def test_nodes_are_one(tool, tmp_path):
    """Twenty thousand nodes are the same blocks: written one by one they would be a thousand times the file."""
    source, out = tmp_path / "in.pst", tmp_path / "out.pst"
    writer, builder, _ = begun("ansi")
    heap, more = ltp.property_context(writer.f, {(0x6600 + i) << 16 | BINARY: bytes(3400) for i in range(7)}, writer.new_nid)
    entry = (writer.data(heap), builder.subnodes(more), 0)
    writer.nodes.update({0x300001 + 32 * i: entry for i in range(20_000)})
    ended(writer, builder, source)
    run = tool("recover", source, "-o", out, "--format", "unicode")
    assert run.status == FAILED and "reading was stopped" in run.err and not out.exists()


def test_packed_well(tool, tmp_path):
    """What is packed into a hundredth of it is no reason to stop."""
    source, out, size = tmp_path / "in.ost", tmp_path / "out.pst", 120 << 20
    writer, builder, folder = begun("unicode4k", compress=True)
    spec = builder.compose(0, 1)
    spec.attachments[0] = ("log.txt", (b"a line of a log that says little\r\n" * (size // 34))[:size])
    builder.add_message(folder, spec)
    ended(writer, builder, source)
    assert tool("recover", source, "-o", out, "--format", "unicode").status == CORRECTED
    assert not tool.json("check", out).losses


def test_values_are_one(tool, tmp_path):
    """Two properties that are the same subnode, of which only one is text, are both there afterwards."""
    source, out = tmp_path / "in.pst", tmp_path / "out.pst"
    writer, builder, folder = begun("ansi")
    heap, more = ltp.property_context(writer.f, {0x001A_001E: "IPM.Note", 0x6600_0102: b"ab" * 4000, 0x6601_001E: "y" * 8000},
                                      writer.new_nid)
    first, second = (struct.pack("<I", nid) for nid in sorted(more))
    del more[max(more)]
    nid = writer.new_nid(4)
    writer.nodes[nid] = (writer.data([block.replace(second, first) for block in heap]), builder.subnodes(more), folder.nid)
    ended(writer, builder, source)
    assert tool("recover", source, "-o", out, "--format", "unicode").status == CORRECTED
    after = Store(out)
    values, _ = property_context(after, *after.nodes[nid][1:3])
    assert values[0x6600_0102] == b"ab" * 4000 and values[0x6601_001F] == ("ab" * 4000).encode("utf-16-le")


@pytest.mark.parametrize("fmt", FORMATS)
def test_forwarded_often(fmt, tool, tmp_path):
    """Forty messages in each other."""
    source, out = tmp_path / "in.pst", tmp_path / "out.pst"
    image = store(fmt, folders=1, messages=3, embedded=40)
    source.write_bytes(image.sealed())
    assert tool("recover", source, "-o", out, "--format", "unicode").status == CORRECTED
    check_result(tool, out)
    assert sorted(map(said_in, facts(Store(out), False).values())) == sorted(map(said_in, facts(image.store, fmt == "ansi").values()))


@pytest.mark.parametrize("fmt", ("ansi", "unicode4k"))
def test_forwarded_too_often(fmt, tool, tmp_path):
    """What cannot be taken over whole is refused: nothing is left out without a word."""
    source, out = tmp_path / "in.pst", tmp_path / "out.pst"
    source.write_bytes(store(fmt, folders=1, messages=3, embedded=70).sealed())
    run = tool("recover", source, "-o", out, "--format", "unicode")
    assert run.status & FAILED and "128 lists deep" in run.err
    assert not out.exists()


def test_long_cell(tool, tmp_path):
    """A text in a table that is too long to become another is still there."""
    source, out, tag = tmp_path / "in.pst", tmp_path / "out.pst", 0x6700_001E
    writer, builder, folder = begun("ansi")
    row = {ltp.ROW_ID: 0, ltp.ROW_VERSION: 1, 0x0C15_0003: 1, 0x3001_001E: "name", tag: "x" * (9 << 20)}
    heap, more = ltp.table_context(writer.f, list(row), [row], writer.new_nid)
    table = writer.data(heap), builder.subnodes(more)
    nid = writer.new_nid(4)
    writer.nodes[nid] = (writer.data(builder.pc({0x001A_001F: "IPM.Note"})[0]), writer.subnodes({0x692: table}), folder.nid)
    ended(writer, builder, source)
    assert tool("recover", source, "-o", out, "--format", "unicode").status == CORRECTED
    assert f"{9 << 20} bytes" in tool("dump", out, "tc", f"{nid:#x}/0x692").out
    assert "SUBNODE_UNNAMED" not in {line["problem"] for line in tool.json("check", out).findings}


def test_impossible_table(tool, tmp_path):
    """A table with columns that cannot be stays what it is, and holds up nothing."""
    source, out = tmp_path / "in.pst", tmp_path / "out.pst"
    written("columns_255-65535", "ansi", source)
    assert tool("recover", source, "-o", out, "--format", "unicode").status in (CORRECTED, CORRECTED | LEFT)
    assert Store(out).nodes.keys() >= Store(source).nodes.keys()
