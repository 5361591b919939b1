"""pstfix list: folders, messages and attachments are those that the Python reader finds, whatever the indexes are like."""

import random
import struct
import subprocess
from collections import Counter

import pytest

import problems
from image import format as F
from image.builder import Builder, store
from image.damage import Image
from image.layout import Writer
from image.messaging import items
from image.names import NAMES
from image.reader import Heap, Table, property_context


CORPUS = ("gopst-32-bit.pst", "gopst-support.pst", "jlibpst-dist-list.pst", "libyal-outlook.pst", "msrs-Empty.pst",
          "pstsdk-sample1.pst", "pstsdk-submessage.pst", "pstsdk-test_ansi.pst", "pstsdk-test_unicode.pst")
SAMPLES = ("enron.pst", "pstextractortest@outlook.com.ost", "pstextractortestpdf@outlook.com.ost")
MADE = ("ansi", "unicode", "unicode4k")
# messages, attachments, those of embedded messages included
COUNTS = {"enron.pst": (71, 70), "pstextractortest@outlook.com.ost": (183, 34)}


@pytest.fixture
def image(request, name):
    if name in MADE:
        return store(name, folders=4, messages=9, attachments=2, embedded=2, leaf_fill=6)
    return Image.load(request.getfixturevalue("corpus" if name in CORPUS else "samples") / name)


def listed(tool, path, *options):
    run = tool.json("list", path, *options)
    assert run.status == 0
    return run.lines


def kind_of(lines, kind):
    return [line[kind] for line in lines if kind in line]


def messages_of(lines):
    return Counter((m["nid"], m["parent"], m["class"], m["subject"], m["recipients"], m["attachments"], m["properties"])
                   for m in kind_of(lines, "item") if m["kind"] == "message")


def attachments_of(lines):
    return Counter((a["nid"], a["parent"], a["name"], a.get("method", 0)) for a in kind_of(lines, "attachment"))


def sizes_of(lines):
    return Counter((a["nid"], a["parent"], a["size"]) for a in kind_of(lines, "attachment") if a.get("method") == 1)


def walk(message, parent):
    """The message and those in its attachments, each with the id of what it is in."""
    yield message, parent
    for attachment in message.attachments:
        if attachment.message:
            yield from walk(attachment.message, attachment.nid)


def text(value):
    """Strings of enron.pst, which Outlook did not write, end with a zero."""
    return value.split("\0")[0]


def check_listed(lines, found):
    everything = [pair for message in found.messages for pair in walk(message, message.folder)]
    assert messages_of(lines) == Counter(
        (m.nid, parent, text(m.cls), text(m.subject), len(m.recipients), len(m.attachments), len(m.properties))
        for m, parent in everything)
    attachments = [(a, m.nid) for m, _ in everything for a in m.attachments]
    assert attachments_of(lines) == Counter((a.nid, parent, text(a.name), a.method) for a, parent in attachments)
    assert sizes_of(lines) == Counter((a.nid, parent, a.size) for a, parent in attachments if a.method == 1)
    assert {(f["nid"], f["path"]) for f in kind_of(lines, "folder")} == {(f.nid, text(f.path)) for f in found.folders}


@pytest.mark.parametrize("name", [*MADE, *CORPUS, *SAMPLES])
def test_list(name, image, tool, tmp_path):
    path = tmp_path / "in.pst"
    path.write_bytes(image.sealed())
    lines = listed(tool, path)
    check_listed(lines, items(image.store))
    end = lines[-1]["summary"]
    assert not end["derived"] and not end["damaged"]
    top = [m for m in kind_of(lines, "item") if m["kind"] == "associated" or m["parent"] & 31 != 5]
    assert (end["items"], end["attachments"]) == (len(top), len(kind_of(lines, "attachment")))
    if name in COUNTS:
        messages = [m for m in top if m["kind"] == "message"]
        assert (len(messages), end["attachments"]) == COUNTS[name]


@pytest.mark.parametrize("name", [*MADE, *CORPUS, *SAMPLES])
def test_info(name, image, tool, tmp_path):
    path = tmp_path / "in.pst"
    path.write_bytes(image.sealed())
    lines, found = tool.json("info", path).lines, items(image.store)
    assert lines[-1]["entire"]
    assert lines[-1]["folders"] == sum(f.nid & 31 == 2 for f in found.folders)
    assert lines[-1]["messages"] == len(found.messages)
    per_folder = Counter(m.folder for m in found.messages)
    assert ({(f["nid"], f["path"], f["messages"]) for f in kind_of(lines, "folder")}
            == {(f.nid, text(f.path), per_folder[f.nid]) for f in found.folders})
    for folder in kind_of(lines, "folder"):
        properties, _ = property_context(image.store, *image.store.nodes[folder["nid"]][1:3])
        for name, tag in (("content_count", 0x36020003), ("unread_count", 0x36030003)):
            assert folder.get(name, 0) == int.from_bytes(properties.get(tag) or b"", "little")
    shown = tool("info", path).out.split("Folders:\n")[1].split("Before deleting")[0].splitlines()
    assert len(shown) == len(found.folders)
    assert sum(line.strip().startswith("(no name)") for line in shown) == sum(not f.path for f in found.folders)


@pytest.mark.parametrize("name", MADE)
def test_info_of_damaged_indexes(name, image, tool, tmp_path):
    """Only what the header leads to is shown, and said to be no more; a file without header has no folders to show."""
    image.nbt.leaves[-1].zero()
    path = tmp_path / "in.pst"
    path.write_bytes(image.sealed())
    assert not tool.json("info", path).lines[-1]["entire"]
    out = tool("info", path).out
    assert "as far as damaged indexes lead" in out and "Inbox" not in out
    image.header.zero()
    path.write_bytes(image.sealed())
    assert "Folders" not in tool("info", path).out


@pytest.mark.parametrize("name", [*MADE, "enron.pst"])
def test_sizes(name, image, tool, tmp_path):
    """A folder's size is that of its messages, as they say themselves."""
    path = tmp_path / "in.pst"
    path.write_bytes(image.sealed())
    lines, sizes = listed(tool, path), Counter()
    for m in kind_of(lines, "item"):
        if m["kind"] == "message" and m["parent"] & 31 == 2:
            sizes[m["parent"]] += m.get("size", 0)
    assert any(sizes.values())
    assert {f["nid"]: f["size"] for f in kind_of(lines, "folder")} == {f["nid"]: sizes[f["nid"]]
                                                                       for f in kind_of(lines, "folder")}


def results(store_, search):
    """Row ids of a search folder's table, whichever of the two kinds it is."""
    node = store_.nodes.get(search & ~31 | 0x10)
    if not node or not node.data:
        return []
    heap = Heap(store_, node.data, node.sub)
    return [key for key, _ in heap.bth(int.from_bytes(heap.item(heap.root)[10:14], "little"))]


@pytest.mark.parametrize("name, tables", [("jlibpst-dist-list.pst", 0xAC), ("pstextractortest@outlook.com.ost", 0x7C)])
def test_results(name, tables, image, tool, tmp_path):
    """Search folders list what they have found."""
    path = tmp_path / "in.pst"
    path.write_bytes(image.sealed())
    found = Counter((r["search"], r["nid"]) for r in kind_of(listed(tool, path), "result"))
    assert found == Counter((nid, key) for nid in image.store.nodes if nid & 31 == 3 for key in results(image.store, nid))
    clients = {Heap(image.store, *image.store.nodes[nid & ~31 | 0x10][1:3]).client for nid, _ in found}
    assert tables in clients and {nid for _, nid in found} <= image.store.nodes.keys()


def fields(tool, path, *what):
    """[(group, name, value)] of a dump, offsets aside."""
    return [(line.get("group"), line["name"], line["value"]) for line in tool.json("dump", path, *what).lines]


@pytest.mark.parametrize("name", MADE)
def test_dump_message(name, image, tool, tmp_path):
    """All properties of a message, its recipients and attachments, the named ones with their names; an embedded message
    by its path; what each says lies where it says."""
    path = tmp_path / "in.pst"
    path.write_bytes(image.sealed())
    found = {m.nid: m for m in items(image.store).messages}
    for expected in image.expected:
        message, lines = found[expected.nid], fields(tool, path, "message", hex(expected.nid))
        groups = Counter(group for group, _, _ in lines)
        assert groups["message"] == len(message.properties)
        assert {g for g in groups if g.startswith("recipient")} == {f"recipient {i}" for i in range(len(message.recipients))}
        assert {g: n for g, n in groups.items() if g.startswith("attachment")} == {
            f"attachment 0x{a.nid:X}": len(a.properties) for a in message.attachments}
        subject = next(value for group, tag, value in lines if group == "message" and tag.startswith("0x0037001"))
        assert expected.subject in subject
        for attachment in message.attachments:
            if attachment.message:
                inner = fields(tool, path, "message", f"{message.nid}/{attachment.nid}/{attachment.message.nid}")
                assert sum(group == "message" for group, _, _ in inner) == len(attachment.message.properties)
    named = [value for m in image.expected for _, tag, value in fields(tool, path, "message", hex(m.nid))
             if tag.startswith("0x800")]
    guid, number = NAMES[0]
    assert any(value.startswith(f"{{{str(guid).upper()}}} ") for value in named)
    line = next(line for line in tool.json("dump", path, "message", hex(image.expected[0].nid)).lines
                if line["name"].startswith("0x001A001"))
    raw = decode_at(image.store, line["offset"], line["size"])
    assert raw.replace(b"\0", b"") == b"IPM.Note"


def decode_at(store_, offset, size):
    block = next(b for b in store_.blocks.values() if b.ib <= offset < b.ib + b.cb)
    at = offset - block.ib
    return store_.block_data(block.bid)[at:at + size]


def items_of(heap):
    """Ids of all items of a heap."""
    for n, block in enumerate(heap.blocks):
        at = int.from_bytes(block[:2], "little")
        for number in range(int.from_bytes(block[at:at + 2], "little")):
            yield number + 1 << 5 | n << 5 + heap.f.hid_bits


@pytest.mark.parametrize("name", MADE)
def test_dump_contexts(name, image, tool, tmp_path):
    """Items of heaps, records of trees, properties, columns and cells are those that the Python reader finds."""
    path, seen = tmp_path / "in.pst", image.store
    path.write_bytes(image.sealed())
    nodes = {nid: (seen.nodes[nid].data, seen.nodes[nid].sub) for nid in seen.nodes}
    message = image.expected[0].nid
    tables = [nid & ~31 | kind for nid in nodes if nid & 31 == 2 for kind in (13, 14, 15)]

    for nid in (message, *tables):
        heap, shown = Heap(seen, *nodes[nid]), fields(tool, path, "heap", hex(nid))
        shown = {name: value for _, name, value in shown if name.startswith("item ")}
        assert shown.keys() == {f"item 0x{hid:X}" for hid in items_of(heap)}
        for hid in items_of(heap):
            size, begin = shown[f"item 0x{hid:X}"].split(" bytes ")
            data = heap.item(hid)
            assert int(size) == len(data) and data.hex().startswith(begin.rstrip(".")) and begin
    heap = Heap(seen, *nodes[message])
    assert [value for _, name, value in fields(tool, path, "bth", hex(message)) if name == "record"] == \
           [f"key {key.to_bytes(2, 'little').hex()} data {data.hex()}" for key, data in heap.bth(heap.root)]
    assert [tag for group, tag, _ in fields(tool, path, "pc", hex(message)) if group == "properties"] == \
           [*(f"0x{tag:08X}" for tag in property_context(seen, *nodes[message])[0]), "records"]
    for nid in tables:
        table, shown = Table(seen, *nodes[nid]), fields(tool, path, "tc", hex(nid))
        assert [(tag, value.split(",")[0]) for group, tag, value in shown if group == "columns"] == \
               [(f"0x{tag:08X}", f"ibData {at} cbData {size} iBit {bit}") for tag, at, size, bit in table.columns]
        assert {tag for group, tag, value in shown if group == "columns" and "heap of its own" in value} == \
               {f"0x{tag:08X}" for tag in table.side}
        for i, (row, cells) in enumerate(table.rows.items()):
            assert [tag for group, tag, _ in shown if group == f"row {i}"] == [f"0x{tag:08X}" for tag in cells]
            assert (f"row {i}", "0x67F20003", f"int32, 4 bytes: {row}") in shown


@pytest.mark.parametrize("fmt", MADE)
def test_dump_deep_message(fmt, tool, tmp_path):
    """Each of fifty messages in each other by its path; of a path that leads nowhere nothing is shown."""
    writer = Writer(F.FORMATS[fmt])
    builder = Builder(writer, random.Random(1), 1000)
    builder.frame()
    folder = builder.add_folder("Inbox", builder.folders[0x8022])
    attachment = writer.data(builder.pc({0x3705_0003: 5, 0x3701_000D: (0x200044, 0)})[0])
    sub = 0
    for level in reversed(range(51)):
        own = writer.data(builder.pc({0x001A_001F: "IPM.Note", 0x0037_001F: f"Level {level}."})[0])
        message = own, sub
        sub = writer.subnodes({0x8025: (attachment, writer.subnodes({0x200044: message}))})
    writer.nodes[0x200024] = (*message, folder.nid)
    builder.flush()
    writer.commit()
    path = tmp_path / "in.pst"
    path.write_bytes(Image(writer.bytes()).sealed())
    for level in (0, 6, 7, 50):
        shown = fields(tool, path, "message", "0x200024" + level * "/0x8025/0x200044")
        assert any(f"Level {level}." in value for _, _, value in shown)
    run = tool("dump", path, "message", "0x200024" + 51 * "/0x8025/0x200044")
    assert run.status == 8 and not run.out and "there is no node 0x200024/0x8025" in run.err


@pytest.mark.parametrize("name", MADE)
def test_dump_queues(name, image, tool, tmp_path):
    """The list of active searches; events that wait for searches; receive folders and the outgoing queue are tables."""
    path = tmp_path / "in.pst"
    path.write_bytes(image.sealed())
    assert fields(tool, path, "queue", "0x201") == [("folders", "nid", "0x2223")]
    assert fields(tool, path, "queue", "0x1E1") == []
    assert ("row 0", f"0x6605000{3}", "int32, 4 bytes: 290") in fields(tool, path, "tc", "0x62B")
    assert ("TCINFO", "rows", "0") in fields(tool, path, "tc", "0x64C")


def test_dump_events(tool, tmp_path):
    writer = Writer(F.FORMATS["unicode"])
    builder = Builder(writer, random.Random(1), 1000)
    builder.frame()
    builder.flush()
    events = [(0, 1, 0x8022, 0x200024, 0, 0), (0x20, 4, 0x8022, 0x200024, 0x8062, 0), (4, 10, 0x2223, 0, 0, 0)] * 200
    builder.node(0x1E1, b"".join(struct.pack("<2H4I", *event) for event in events))
    writer.commit()
    path = tmp_path / "in.pst"
    path.write_bytes(Image(writer.bytes()).sealed())
    words = {1: "message added", 4: "message moved", 10: "search changed"}
    assert fields(tool, path, "queue", "0x1E1") == [
        ("queue", "SUD", "flags 0x%X type %u (%s): 0x%X 0x%X 0x%X 0x%X" % (*event[:2], words[event[1]], *event[2:]))
        for event in events]


def all_gone(image):
    image.header.zero()
    image.amap(0).zero()
    for page in image.bbt.pages + image.nbt.interior:
        page.zero()


@pytest.mark.parametrize("name", [*MADE, *SAMPLES])
def test_list_without_indexes(name, image, tool, tmp_path):
    """Header, block index and the pages above the leaves of the node index are gone; and so are all tables of contents."""
    found = items(image.store)
    all_gone(image)
    path = tmp_path / "in.pst"
    path.write_bytes(image.sealed())
    lines = listed(tool, path)
    assert lines[-1]["summary"]["derived"]
    check_listed(lines, found)


@pytest.mark.parametrize("indexes", ("there", "lost"))
@pytest.mark.parametrize("name", MADE)
def test_damaged(name, indexes, image, tool, tmp_path):
    """A message whose block is damaged is listed and said to be so, with indexes that lead to it or without; dump says it, too."""
    nid = image.expected[0].nid
    block = image.node_block(nid)
    block.flip(40)
    if indexes == "lost":
        image.nbt.root.zero()
    path = tmp_path / "in.pst"
    path.write_bytes(image.sealed())
    lines = listed(tool, path)
    assert [m["nid"] for m in kind_of(lines, "item") if not m["whole"]] == [nid]
    assert lines[-1]["summary"]["damaged"] == 1
    if indexes == "there":
        assert any(field == "damaged" for _, field, _ in fields(tool, path, "pc", hex(nid)))


@pytest.mark.parametrize("name", MADE)
def test_folder(name, image, tool, tmp_path):
    path = tmp_path / "in.pst"
    path.write_bytes(image.sealed())
    everything = listed(tool, path)
    for folder in kind_of(everything, "folder"):
        if not folder["path"]:
            continue
        lines = listed(tool, path, "--folder", folder["path"])
        below = {f["nid"] for f in kind_of(everything, "folder")
                 if f["path"] == folder["path"] or f["path"].startswith(folder["path"] + "/")}
        assert {f["nid"] for f in kind_of(lines, "folder")} == below
        top = {m["nid"] for m in kind_of(everything, "item") if m["parent"] in below}
        assert {m["nid"] for m in kind_of(lines, "item") if m["parent"] & 31 in (2, 3)} == top


@pytest.mark.parametrize("name", MADE)
def test_folder_as_it_is_typed(name, image, tool, tmp_path):
    """Slashes at the ends do not matter; a folder that is not there is named, and nothing is listed."""
    path = tmp_path / "in.pst"
    path.write_bytes(image.sealed())
    inner = next(f["path"] for f in kind_of(listed(tool, path), "folder") if "/" in f["path"])
    lines = listed(tool, path, "--folder", inner)
    assert kind_of(lines, "folder")
    for typed in (inner + "/", "/" + inner, f"//{inner}//"):
        assert listed(tool, path, "--folder", typed) == lines
    for typed in (inner.swapcase(), inner + "x", inner[:-1], "nowhere/" + inner):
        run = tool("list", path, "--folder", typed)
        assert (run.status, run.out) == (8, "") and run.err == f"pstfix: {path}: there is no folder {typed}\n"


@pytest.mark.parametrize("fmt", MADE)
def test_folder_with_a_slash(fmt, tool, tmp_path):
    """A folder can be called as the path of another; a node id tells them apart, and above a name, a part of it is no folder."""
    writer = Writer(F.FORMATS[fmt])
    builder = Builder(writer, random.Random(1), 1000)
    builder.frame()
    top = builder.add_folder("Mail", builder.folders[0x8022])
    below = builder.add_folder("2015", top)
    inner = builder.add_folder("June", below)
    slashed = builder.add_folder("Mail/2015", builder.folders[0x8022])
    named = builder.add_folder(hex(inner.nid), builder.folders[0x8022])
    builder.flush()
    writer.commit()
    path = tmp_path / "in.pst"
    path.write_bytes(Image(writer.bytes()).sealed())
    everything = kind_of(listed(tool, path), "folder")
    root = next(f["path"] for f in everything if f["nid"] == 0x8022)

    def asked(folder):
        return [f["nid"] for f in kind_of(listed(tool, path, "--folder", folder), "folder")]

    assert asked(f"{root}/Mail") == [top.nid, below.nid, inner.nid]
    assert asked(f"{root}/Mail/2015") == [below.nid, inner.nid, slashed.nid]
    assert asked(hex(below.nid)) == [below.nid, inner.nid]
    assert asked(hex(slashed.nid)) == asked(f"0x{slashed.nid:X}") == [slashed.nid]
    assert asked(hex(inner.nid)) == [inner.nid]
    assert asked(f"{root}/{hex(inner.nid)}") == [named.nid]
    run = tool("list", path, "--folder", "0x9FF2")
    assert (run.status, run.out) == (8, "") and run.err == f"pstfix: {path}: there is no folder 0x9FF2\n"


@pytest.mark.parametrize("fmt", MADE)
def test_long_paths(fmt, tool, tmp_path):
    """Of a folder whose path is too long to be shown, it is said that names are left out: it is not taken for the one above."""
    writer = Writer(F.FORMATS[fmt])
    builder = Builder(writer, random.Random(1), 1000)
    builder.frame()
    folders = [builder.add_folder("Inbox", builder.folders[0x8022])]
    for i in range(60):
        folders.append(builder.add_folder(f"{i} {'x' * 200}", folders[-1]))
    builder.flush()
    writer.commit()
    path = tmp_path / "in.pst"
    path.write_bytes(Image(writer.bytes()).sealed())
    for command in ("list", "info"):
        paths = {f["nid"]: f["path"] for f in kind_of(tool.json(command, path).lines, "folder")}
        deep = [paths[f.nid] for f in folders]
        whole = [p for p in deep if not p.endswith("/...")]
        assert len(set(whole)) == len(whole) == len([p for p in deep if len(p) < 4000 and "..." not in p])
        assert len(whole) > 15 and all(p.endswith("...") for p in deep[len(whole):])


@pytest.mark.parametrize("fmt", MADE)
def test_many_attachments(fmt, tool, tmp_path):
    """Finding them takes no longer for each when there are more."""
    writer = Writer(F.FORMATS[fmt])
    builder = Builder(writer, random.Random(1), 1000)
    builder.frame()
    folder = builder.add_folder("Inbox", builder.folders[0x8022])
    own = writer.data(builder.pc({0x001A_001F: "IPM.Note"})[0])
    attachment = writer.data(builder.pc({0x3704_001F: "same"})[0])
    writer.nodes[0x200024] = (own, writer.subnodes({0x8025 + 32 * i: (attachment, 0) for i in range(60000)}), folder.nid)
    builder.flush()
    writer.commit()
    path = tmp_path / "in.pst"
    path.write_bytes(Image(writer.bytes()).sealed())
    run = tool("list", path, seconds=15)
    assert run.status == 0 and run.out.endswith("60000 attachments\n")


@pytest.mark.parametrize("command", ("list", "info"))
def test_terminal_is_not_commanded(command, pstfix, tmp_path):
    """What a folder is called is shown, but not obeyed: control characters of either kind, turns of direction."""
    name = "A\x1b[31mB\x9b2JC\u202eD\u2066E\u00e9"

    def damage(draft):
        pc = draft.pc(problems.FOLDER)
        pc.change(0x3001, raw=pc.add(name.encode("utf-16-le")))

    (tmp_path / "in.pst").write_bytes(problems.store("unicode", damage).sealed())
    out = subprocess.run([pstfix, command, tmp_path / "in.pst"], capture_output=True, check=False).stdout.decode()
    assert "A?[31mB?2JC?D?E\u00e9" in out
    assert not set("\x1b\x9b\u202e\u2066") & set(out)
