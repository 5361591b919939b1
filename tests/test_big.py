"""Files past the places where maps or numbers change: the free page maps (2.08 GB), 4 GB, the first map of a 4K file.

The files come from pst-big, which is the library's own writer; dense ones hold random attachments.
"""

import hashlib
import os
import shutil
import sys

import pytest

from big import ROOT, big
from image import format as F
from image.reader import Store, items, judge
from judges import Pffexport, Readpst, Run, Tool
from test_format import facts

GIB = 1 << 30
FREE_PAGE_MAP = 0x7C004400              # the first section that has one
MESSAGES = 64
SECONDS = 600                           # more than any call here may take


@pytest.fixture
def folder(tmp_path):
    """Files of this size are not kept for the next three runs."""
    yield tmp_path
    Run.end_all()
    for path in tmp_path.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def check_sound(pstfix, path):
    """By the library and by the Python reader, every CRC included."""
    check = Tool(pstfix).json("check", path, seconds=SECONDS)
    assert check.problems == [] and check.status == 0
    store = Store(path)
    assert [complaint for complaint in judge(store) if complaint[0] == "error"] == []
    return store


def check_map_pages(store):
    """All that newer clients no longer use offers nothing; a free page map lies at either of its two places."""
    f, kinds = store.format, {}
    sections = (store.header["ibFileEof"] - f.first_amap) // f.interval
    for k in range(sections):
        for kind, ib in f.maps(k):
            raw = store.page(ib, kind)
            kinds[kind] = kinds.get(kind, 0) + 1
            assert kind == F.AMAP or raw[:f.map_bytes] == b"\xff" * f.map_bytes
    assert kinds == {F.AMAP: sections, F.PMAP: -(-sections // 8), F.FMAP: (sections - 129) // 496 + 1, F.FPMAP: 2}
    assert set(store.header["rgbFM"] + store.header["rgbFP"]) == {0xFF}


def hashes(folder, name):
    """SHA-256 of the exported attachments."""
    out = []
    for path in folder.rglob(f"*{name}*"):
        if path.is_file():
            with open(path, "rb") as file:
                out.append(hashlib.file_digest(file, "sha256").hexdigest())
    return sorted(out)


def check_readers(path, folder, store):
    """libpff and libpst find every message, and every attachment byte for byte."""
    pff, pst = Pffexport(path, folder / "pff"), Readpst(path, folder / "pst")
    pff.seconds = pst.seconds = SECONDS
    seen = items(store)
    wanted = sorted(a.sha256 for message in seen.messages for a in message.attachments)
    assert seen.faults == [] and len(seen.messages) == len(wanted) == MESSAGES
    assert pff.items == pst.messages == MESSAGES
    assert hashes(pff.target, "_file") == wanted
    assert hashes(pst.target, "-file") == wanted


def check_repair(pstfix, path):
    """The header alone is gone: all entries of the trees come back, and every block stays where it is."""
    before = Store(path)
    with open(path, "r+b") as file:
        file.write(bytes(564))
    assert Tool(pstfix)("check", path, seconds=SECONDS).status == 4
    out = path.with_name("repaired.pst")
    assert Tool(pstfix)("repair", path, "-o", out, seconds=SECONDS).status == 1
    after = check_sound(pstfix, out)
    assert after.nodes == before.nodes and after.blocks == before.blocks


def test_past_free_page_maps(pstfix, folder):
    path = big(folder / "large.pst", "unicode", "--size", FREE_PAGE_MAP + 1)
    store = check_sound(pstfix, path)
    assert max(page.ib for page in store.pages) > FREE_PAGE_MAP
    check_map_pages(store)
    check_readers(path, folder, store)
    check_repair(pstfix, path)


def test_past_four_gigabytes(pstfix, folder):
    path = big(folder / "large.pst", "unicode", "--size", 4 * GIB)
    store = check_sound(pstfix, path)
    assert max(page.ib for page in store.pages) > 4 * GIB
    check_map_pages(store)
    check_readers(path, folder, store)


def test_sparse_past_four_gigabytes(pstfix, folder):
    """The trees in front, blocks on both sides of 4 GB, and free space between them."""
    path = big(folder / "large.pst", "unicode", "--sparse", "--size", 4 * GIB + GIB // 4)
    store = check_sound(pstfix, path)
    assert max(block.ib for block in store.blocks.values()) > 4 * GIB
    check_map_pages(store)
    check_readers(path, folder, store)


def test_ansi_to_its_end(pstfix, folder):
    path = big(folder / "large.pst", "ansi", "--sparse", "--size", 2 * GIB - (1 << 20))
    store = check_sound(pstfix, path)
    assert max(block.ib for block in store.blocks.values()) > 2 * GIB - (8 << 20)
    check_readers(path, folder, store)


def test_ansi_past_its_end(pstfix, folder):
    """It is read whole, but none is written: what is in it goes into a Unicode file."""
    path, out = big(folder / "large.pst", "ansi", "--sparse", "--size", 2 * GIB + GIB // 16), folder / "out.pst"
    store, tool = check_sound(pstfix, path), Tool(pstfix)
    assert max(block.ib for block in store.blocks.values()) > 2 * GIB
    with open(path, "r+b") as file:
        file.write(bytes(564))
    for command in "repair", "recover":
        run = tool(command, path, "-o", out, seconds=SECONDS)
        assert run.status == 8 and "an ANSI file ends before 2 GiB: recover it with --format unicode instead" in run.err
        assert [each.name for each in folder.glob("out*")] == []
    assert tool("recover", path, "-o", out, "--format", "unicode", seconds=SECONDS).status == 1
    after = check_sound(pstfix, out)
    assert facts(after, False) == facts(store, True)
    check_readers(out, folder, after)


@pytest.mark.parametrize("options", [("--size", 40 << 20), ("--sparse", "--size", 40 << 20)], ids=["dense", "sparse"])
def test_4k_past_the_first_map(pstfix, folder, options):
    path = big(folder / "large.ost", "unicode4k", *options)
    store = check_sound(pstfix, path)
    assert max(block.ib for block in store.blocks.values()) > F.UNICODE4K.amap(2)
    check_readers(path, folder, store)
    check_repair(pstfix, path)


def test_memory(pstfix, folder):
    """Bytes for each block and index entry, with more than a million blocks."""
    bench = Run(sys.executable, ROOT / "tests" / "bench" / "bench.py", "--folder", folder, "memory",
                env={**os.environ, "PSTFIX": str(pstfix)})
    assert bench.status == 0, bench.out
    print(bench.out)
