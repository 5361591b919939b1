"""What of an OST may be only there: as the Python reader finds it in real files, and as made ones were told to have it."""

import random
import struct

import pytest

from image import format as F
from image.builder import Builder, _folder
from image.damage import Image
from image.layout import Writer
from image.reader import Store, Table, property_context


REAL = {"pstextractortest@outlook.com.ost": 8, "pstextractortestpdf@outlook.com.ost": 0}
MAILBOX, TREE, INBOX, OUTBOX, SYNC = 0x20A2, 0x2142, 0x2182, 0x21A2, 0x8362
WORDS = ("outbox", "queued", "submitted", "state", "no_id", "trouble", "unsent", "unknown")


def local(tool, path, command):
    """{nid: reasons}, and the line with the counts."""
    run = tool.json(command, path)
    found = {line["local"]["nid"]: {word for word in WORDS if line["local"][word]}
             for line in run.lines if "local" in line}
    counts, = (line["only_here"] for line in run.lines if "only_here" in line)
    assert counts == {"items": len(found)} | {word: sum(word in reasons for reasons in found.values()) for word in WORDS}
    text = tool(command, path).out
    assert "What the mailbox has today, this file cannot tell" in text
    assert (f"{len(found)} item{'s' * (len(found) != 1)} may be only here" in text) == bool(found)
    return found


def expected(store):
    """By the tables: the state of a message, whether it has an id; and what is below the sync issues."""
    troubled = {SYNC} | {nid for nid, node in store.nodes.items() if nid & 31 == 2 and node.parent == SYNC}
    found = {}
    for nid, node in store.nodes.items():
        if nid & 31 not in (4, 8):
            continue
        table = store.nodes[node.parent & ~31 | {4: 14, 8: 15}[nid & 31]]
        row = Table(store, table.data, table.sub).rows[nid]
        flags = int.from_bytes(row.get(0x0E070003) or b"", "little") if nid & 31 == 4 else 0
        reasons = {"state": any(row.get(0x66120003) or b""), "trouble": node.parent in troubled,
                   "no_id": not any(row.get(0x67F40014) or b""), "submitted": flags & 4, "unsent": flags & 8,
                   "outbox": node.parent == OUTBOX}
        if any(reasons.values()):
            found[nid] = {word for word, holds in reasons.items() if holds}
    return found


@pytest.mark.parametrize("command", ["info", "check"])
@pytest.mark.parametrize("name", REAL)
def test_real(name, command, samples, tool):
    store = Store(samples / name)
    found = local(tool, samples / name, command)
    assert found == expected(store) and len(found) == REAL[name]


@pytest.mark.parametrize("name", REAL)
def test_what_the_rule_stands_on(name, samples):
    """Where a row has a state, the change key is the client's, whose counter has four bytes, not the server's six."""
    store = Store(samples / name)
    for nid, node in store.nodes.items():
        if nid & 31 in (4, 8):
            table = store.nodes[node.parent & ~31 | {4: 14, 8: 15}[nid & 31]]
            row = Table(store, table.data, table.sub).rows[nid]
            state = int.from_bytes(row[0x66120003], "little")
            assert state in (0, 1, 4) and len(row[0x65E20102]) in (20, 22)
            assert not state or len(row[0x65E20102]) == 20
            assert any(property_context(store, node.data, node.sub)[0][0x67F40014])


def test_no_ost(samples, tool):
    for command in ("info", "check"):
        assert not any("local" in line or "only_here" in line for line in tool.json(command, samples / "enron.pst").lines)
        assert "may be only here" not in tool(command, samples / "enron.pst").out


def entry_id(counter):
    return bytes(38) + counter.to_bytes(6, "big") + bytes(2)


def many(values):
    at, head = 4 + 4 * len(values), struct.pack("<I", len(values))
    for value in values:
        head += struct.pack("<I", at)
        at += len(value)
    return head + b"".join(values)


def mailbox(fmt):
    """-> (the image, {nid: reasons}): one message for each reason, and some that have none."""
    writer = Writer(F.FORMATS[fmt], 0, magic=b"SO")
    builder = Builder(writer, random.Random(1), 1000)
    builder.frame()
    names = {MAILBOX: ("Root - Mailbox", 0x122), TREE: ("IPM_SUBTREE", MAILBOX), INBOX: ("Inbox", TREE),
             OUTBOX: ("Outbox", TREE), SYNC: ("Sync Issues", TREE), SYNC + 32: ("Konflikte", TREE),
             SYNC + 64: ("below", SYNC + 32), SYNC + 96: ("Sync Issues", INBOX)}
    for nid, (name, parent) in names.items():
        builder.folders[nid] = _folder(nid, parent, name)
    found, wide = {}, fmt == "unicode4k"

    def message(folder, reasons, flags=1, kind=4, row=True, **values):
        spec = builder.compose(len(found), 0)
        spec.values.update({0x0E07_0003: flags, 0x67F4_0014: 0x1234_0000_0000_0001, 0x6612_0003: 0})
        spec.values.update({int(tag[1:], 16): value for tag, value in values.items()})
        nid = builder.add_message(builder.folders[folder], spec, kind=kind).nid
        if not row:
            del (builder.folders[folder].rows)[nid]
        found[nid] = set(reasons.split())
        return nid

    message(INBOX, "")
    message(INBOX, "", kind=8, flags=0x49)
    message(INBOX, "state" if wide else "", _66120003=1)
    message(INBOX, "state" if wide else "", kind=8, flags=0x49, _66120003=4)
    message(INBOX, "no_id", _67F40014=0)
    message(INBOX, "submitted", flags=5)
    message(INBOX, "unsent", flags=9)
    message(INBOX, "unknown", row=False)
    message(INBOX, "unknown no_id unsent", row=False, flags=8, _67F40014=0)
    message(OUTBOX, "outbox submitted unsent", flags=12)
    queued = message(OUTBOX, "outbox queued")
    message(SYNC, "trouble")
    message(SYNC + 32, "trouble")
    message(SYNC + 64, "trouble")
    message(SYNC + 96, "")
    builder.flush()
    builder.node(0x64C, *builder.table(0x64C, [builder.row(queued, {0x0E14_0003: 0})]))
    builder.node(INBOX, *builder.pc({0x3001_001F: "Inbox", 0x36D8_1102: many([entry_id(7), b"", b"", entry_id(8)])}),
                 parent=TREE)
    builder.node(SYNC + 32, *builder.pc({0x3001_001F: "Konflikte",
                                         0x67F4_0014: int.from_bytes(b"\1\0" + (7).to_bytes(6, "big"), "little")}),
                 parent=TREE)
    writer.commit()
    return Image(writer.bytes()), {nid: reasons for nid, reasons in found.items() if reasons}


@pytest.mark.parametrize("command", ["info", "check"])
@pytest.mark.parametrize("fmt", ["unicode", "unicode4k"])
def test_each_reason(fmt, command, tool, tmp_path):
    image, reasons = mailbox(fmt)
    path = tmp_path / "in.ost"
    path.write_bytes(image.sealed())
    assert local(tool, path, command) == reasons


@pytest.mark.parametrize("fmt", ["unicode", "unicode4k"])
def test_without_header(fmt, tool, tmp_path):
    """A check says it of the store as it should be; without a header folders tell that it is an OST."""
    image, reasons = mailbox(fmt)
    image.header.zero()
    path = tmp_path / "in.ost"
    path.write_bytes(image.sealed())
    assert local(tool, path, "check") == reasons


def test_levels(tool, tmp_path):
    image, _ = mailbox("unicode4k")
    path = tmp_path / "in.ost"
    path.write_bytes(image.sealed())
    assert "may be only here" not in tool("check", "--level", "ndb", path).out
    assert tool("check", "--quiet", path).out == ""
