"""Tables as mail programs leave them after years, and more than one thing wrong at once: all is looked at, and told."""

import random
import struct

import pytest

from image.builder import store
from image.reader import Store
from judges import Run
from test_endless import TOP, begun, contexts
from test_hostile import FORMATS, LEFT, SOUND
from test_layers import CONTENTS, FOLDER, HIERARCHY, Part


def check(pstfix, path):
    run = Run(pstfix, "check", "--json", path)
    assert run.status in (SOUND, LEFT), run.err
    return run


def found(run):
    return sorted((line["problem"], line["nid"]) for line in run.findings)


def shuffled(fmt, n):
    """A folder whose rows are in another order than the ids of its messages.  -> the writer and the messages"""
    writer, builder, folder = begun(fmt)
    messages = [builder.add_message(folder, builder.compose(i, 0, text="short")) for i in range(n)]
    rows = list(folder.rows.items())
    random.Random(1).shuffle(rows)
    folder.rows = dict(rows)
    builder.flush()
    return writer, messages


@pytest.mark.parametrize("fmt", FORMATS)
def test_rows_in_any_order(fmt, pstfix, tmp_path):
    writer, messages = shuffled(fmt, 3000)
    bad = writer.data(b"\xaa\xbb\xec\xbc" + bytes(200))
    hurt = {message.nid for message in messages[2900:2950]}
    writer.commit()
    writer.save(tmp_path / "sound.pst")
    run = check(pstfix, tmp_path / "sound.pst")
    assert run.status == SOUND and not run.findings
    for nid in hurt:
        _, sub, parent = writer.nodes[nid]
        writer.nodes[nid] = (bad, sub, parent)
    writer.commit()
    writer.save(tmp_path / "in.pst")
    assert {nid for problem, nid in found(check(pstfix, tmp_path / "in.pst")) if problem == "HEAP_MAP"} == hurt


@pytest.fixture(scope="module")
def sound():
    return store("unicode", folders=1, messages=9)


def wrong_cells(part):
    for row in range(3, 8):
        part.put(part.cell(row, 0x0017), 2, 4)


def wrong_id(part):
    part.put(part.item(4), 0x999924, 4)


def wrong_column(part):
    part.put(part.column(0x0E17) + 7, 0)


@pytest.mark.parametrize("fault, problem", [(wrong_id, "TC_ROW_ID"), (wrong_column, "TC_COLUMN")])
def test_one_fault_hides_no_other(fault, problem, sound, pstfix, tmp_path):
    """What is wrong with a table as such, and what is wrong with what it says, is told at once."""
    path = tmp_path / "in.pst"
    said = []
    for edits in ([wrong_cells], [wrong_cells, fault]):
        image = sound.copy()
        table, folder = Part(image, CONTENTS), Part(image, FOLDER)
        for edit in edits:
            edit(table)
        folder.put(folder.record(0x3602) + 4, 7)
        table.done()
        folder.done()
        path.write_bytes(image.sealed())
        said.append(found(check(pstfix, path)))
    before, after = said
    assert [each for each, _ in before].count("MESSAGE_CELL") == 5 and ("FOLDER_COUNT", FOLDER) in before
    assert after == sorted(before + [(problem, CONTENTS)])


@pytest.mark.parametrize("column, known", [(0x3001, True), (0x67F3, False)])
def test_counter_of_row_versions(column, known, sound, pstfix, tmp_path):
    """A lost dwUnique is the highest version and one more; where some versions cannot be read, it is above all else.
    The table is written anew, and each of its two rows takes one."""
    path, out = tmp_path / "in.pst", tmp_path / "out.pst"
    image = sound.copy()
    part = Part(image, HIERARCHY)
    highest = max(struct.unpack_from("<I", part.data, part.cell(row, 0x67F3))[0] for row in range(2))
    part.put(part.column(column), 0x99, 2)
    part.done()
    image.header.zero()
    path.write_bytes(image.sealed(header=False))
    assert Run(pstfix, "repair", path, "-o", out).status == 1
    header = Store(out).header
    exact = sound.header["dwUnique"]
    assert header["dwUnique"] == exact + 2 if known else header["dwUnique"] > max(highest, sound.header["bidNextB"])


def test_summary_counts_what_is_left_out(pstfix, tmp_path):
    """Of a problem 10,000 findings are kept; folders beyond them are in the summary all the same."""
    said = []
    for before in (10, 10_500):
        writer, builder, folder = begun("unicode")
        other = builder.add_folder("Second", builder.folders[TOP])
        own, _ = contexts(writer, builder)
        for i in range(before):
            writer.nodes[0x200024 + 32 * i] = (own, 0, folder.nid)
        for i in range(50):
            writer.nodes[0x400024 + 32 * i] = (own, 0, other.nid)
        builder.flush()
        writer.commit()
        writer.save(tmp_path / "in.pst")
        folders = [line["damaged_folder"] for line in check(pstfix, tmp_path / "in.pst").lines if "damaged_folder" in line]
        said.append(next(each for each in folders if each["nid"] == other.nid))
    assert said[0] == said[1] and said[0]["lossless"] > 50
