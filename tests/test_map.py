"""What a rescue did not get, by the map of GNU ddrescue: unreadable, and no zeros that a file may have had."""

import pytest

from image.builder import store
from image.reader import Store, content
from test_hostile import CORRECTED, FAILED, FORMATS, LEFT, SOUND
from test_problems import check_content

HEAD = "# Mapfile. Created by GNU ddrescue version 1.27\n# current_pos  current_status  current_pass\n0x00  +  1\n"


def map_of(path, size, *lost):
    """The map of a rescue that got everything but these (offset, size, status)."""
    at, lines = 0, [HEAD, "#      pos        size  status\n"]
    for offset, length, status in sorted(lost):
        lines += [f"0x{at:08X}  0x{offset - at:08X}  +\n", f"0x{offset:08X}  0x{length:08X}  {status}\n"]
        at = offset + length
    path.write_text("".join([*lines, f"0x{at:08X}  0x{size - at:08X}  +\n"]))
    return path


@pytest.mark.parametrize("command", ("repair", "recover"))
@pytest.mark.parametrize("fmt", FORMATS)
def test_lost_areas(command, fmt, tool, tmp_path):
    """A page of the block index and half a block of a message: what is there in their place now is not looked at."""
    image = store(fmt, folders=3, messages=20, attachments=2, leaf_fill=6)
    source, out, rescue = tmp_path / "in.pst", tmp_path / "out.pst", tmp_path / "map"
    data = bytearray(image.sealed())
    message = image.expected[0]
    page = next(page for page in image.bbt.pages if not page.level)
    block = image.store.blocks[image.store.nodes[message.nid].data & ~1]
    half = block.ib // 512 * 512
    lost = [(page.ib, image.format.page, "-"), (half, 512, "?")]
    source.write_bytes(data)
    run = tool.json("check", "--map", map_of(rescue, len(data), *lost), source)
    unread = {(line["offset"], line["size"]) for line in run.findings if line["problem"] == "NOT_RESCUED"}
    assert unread == {area[:2] for area in lost}
    assert not [line for line in run.findings if line["problem"] == "READ_FAILED"]
    for words in (("check", source), (command, source, "-o", out, "--dry-run")):
        said = tool(*words, "--map", rescue).out
        assert all(f"{size} bytes at 0x{at:X} are not rescued, by the map" in said for at, size, _ in lost) and "system error" not in said
    assert tool("check", source).status == SOUND
    done = tool.json(command, source, "-o", out, "--map", rescue)
    assert done.status == CORRECTED | LEFT
    assert source.read_bytes() == data
    for at, size, _ in lost:
        data[at:at + size] = bytes(size)
    check_content(image.store, bytes(data), Store(out), any(line["fix"] == "content" for line in done.problems))
    assert any(line.get("nid") == message.nid for line in done.losses)


def test_everything_rescued(tool, tmp_path):
    image = store("unicode")
    source = tmp_path / "in.pst"
    source.write_bytes(image.sealed())
    rescue = map_of(tmp_path / "map", source.stat().st_size)
    assert tool("check", "--map", rescue, source).status == SOUND


def test_nothing_rescued(tool, tmp_path):
    source, rescue = tmp_path / "in.pst", tmp_path / "map"
    source.write_bytes(store("unicode").sealed())
    rescue.write_text(HEAD + "0x0 0x100000 ?\n")
    run = tool("check", "--map", rescue, source)
    assert run.status == FAILED and str(source) in run.err


@pytest.mark.parametrize("text, why", [
    ("", "empty"), ("# nothing\n\n", "the map is empty"), (HEAD + "0x0 0x200 +\nhere\n", "line 5 of the map"),
    (HEAD + "0x200 0x200 +\n0x0 0x200 +\n", "line 5 of the map"), (HEAD + "0x0 0x200 x\n", "line 4 of the map"),
    (HEAD + "0x0 0x200\n", "line 4 of the map"), (HEAD + "-1 0x200 +\n", "line 4 of the map"),
    (HEAD + "0x0 0x8000000000000000 +\n", "line 4 of the map"), (HEAD + "0 99999999999999999999 +\n", "line 4 of the map")])
def test_no_map(text, why, tool, tmp_path):
    source, rescue = tmp_path / "in.pst", tmp_path / "map"
    source.write_bytes(store("unicode").sealed())
    rescue.write_text(text)
    run = tool("check", "--map", rescue, source)
    assert run.status == FAILED and why in run.err and len(run.err.splitlines()) == 1


def test_no_map_there(tool, tmp_path):
    source = tmp_path / "in.pst"
    source.write_bytes(store("unicode").sealed())
    for where in (tmp_path / "none", tmp_path):
        run = tool("check", "--map", where, source)
        assert run.status == FAILED and str(where) in run.err
    assert tool("check", "--map", where, source, source).status == 16


def test_moved_as_well(tool, tmp_path):
    """An image that begins before the store, of which an area is lost."""
    image = store("unicode", folders=2, messages=9, leaf_fill=6)
    source, out, rescue = tmp_path / "in.pst", tmp_path / "out.pst", tmp_path / "map"
    data = bytes(999) + image.sealed()
    source.write_bytes(data)
    page = next(page for page in image.bbt.pages if not page.level)
    map_of(rescue, len(data), (page.ib + 999, 512, "-"))
    assert tool("recover", source, "-o", out, "--map", rescue).status in (CORRECTED, CORRECTED | LEFT)
    assert content(Store(out)) == content(image.store)
