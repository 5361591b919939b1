"""Files past the places where numbers or maps change: the free page maps (2.08 GB), 4 GB, the first map of a 4K file.

The files come from pst-big, which is the library's own writer; dense ones hold random attachments.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from big import ROOT, big
from image import format as F
from image.reader import Store, items, judge

GIB = 1 << 30
FPMAP = 0x7C004400                      # the first section with a free page map begins here


def findings(pstfix, path):
    """Codes of all findings above a note, and the exit status."""
    result = subprocess.run([pstfix, "check", "--json", path], stdout=subprocess.PIPE, check=False)
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    return [row["problem"] for row in rows if row.get("severity", "note") != "note"], result.returncode


def check_sound(pstfix, path):
    assert findings(pstfix, path) == ([], 0)
    store = Store(path)
    assert [complaint for complaint in judge(store) if complaint[0] == "error"] == []
    return store


def check_map_pages(store):
    """What format.md 2.5 advises: all bits set, and the free page map at either of its two places."""
    f, kinds = store.format, {}
    sections = (store.header["ibFileEof"] - f.first_amap) // f.interval
    for k in range(sections):
        for kind, ib in f.maps(k):
            raw = store.page(ib, kind)
            kinds[kind] = kinds.get(kind, 0) + 1
            if kind != F.AMAP:
                assert raw[:f.map_bytes] == b"\xff" * f.map_bytes
    assert kinds == {F.AMAP: sections, F.PMAP: -(-sections // 8), F.FMAP: (sections - 129) // 496 + 1, F.FPMAP: 2}
    assert set(store.header["rgbFM"] + store.header["rgbFP"]) == {0xFF}


def hashes(folder, name):
    """SHA-256 of all exported attachments."""
    out = []
    for path in folder.rglob("*"):
        if name in path.name and path.is_file():
            with open(path, "rb") as file:
                out.append(hashlib.file_digest(file, "sha256").hexdigest())
    return sorted(out)


def check_readers(path, folder, store):
    """libpff and libpst find every message, and every attachment byte for byte."""
    (folder / "readpst").mkdir()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    readers = [subprocess.Popen(["pffexport", "-q", "-t", folder / "pff", path], **quiet),
               subprocess.Popen(["readpst", "-q", "-D", "-j", "0", "-S", "-o", folder / "readpst", path], **quiet)]
    seen = items(store)
    assert seen.faults == []
    assert [reader.wait() for reader in readers] == [0, 0]
    wanted = sorted(a.sha256 for message in seen.messages for a in message.attachments)
    assert len(wanted) == len(seen.messages) == 64
    assert hashes(folder / "pff.export", "_file") == wanted
    assert hashes(folder / "readpst", "-file") == wanted
    assert len([p for p in (folder / "pff.export").rglob("Message0*") if p.is_dir()]) == 64
    assert len([p for p in (folder / "readpst").rglob("*") if p.name.isdigit()]) == 64


def zero_header(path, size):
    with open(path, "r+b") as file:
        file.write(bytes(size))


def check_repair(pstfix, path, size):
    """The header alone is gone: every entry of the trees comes back, and every block stays where it is."""
    before = Store(path)
    zero_header(path, size)
    assert findings(pstfix, path)[1] == 4
    out = path.with_suffix(".out")
    assert subprocess.run([pstfix, "repair", "--quiet", path, "-o", out], check=False).returncode == 1
    after = check_sound(pstfix, out)
    assert after.nodes == before.nodes and after.blocks == before.blocks
    out.unlink()


@pytest.fixture
def folder(tmp_path):
    """Files of this size are not kept for the next three runs."""
    yield tmp_path
    for path in tmp_path.iterdir():
        subprocess.run(["rm", "-rf", path], check=True)


def test_past_free_page_maps(pstfix, folder):
    path = big(folder / "large.pst", "unicode", "--size", FPMAP + 1)
    store = check_sound(pstfix, path)
    assert max(block.ib for block in store.blocks.values()) > FPMAP
    check_map_pages(store)
    check_readers(path, folder, store)
    check_repair(pstfix, path, 564)


def test_past_four_gigabytes(pstfix, folder):
    path = big(folder / "large.pst", "unicode", "--size", 4 * GIB)
    store = check_sound(pstfix, path)
    assert max(page.ib for page in store.pages) > 4 * GIB
    check_map_pages(store)
    check_readers(path, folder, store)


def test_sparse_past_four_gigabytes(pstfix, folder):
    """Much free space, and blocks on both sides of 4 GB; then repaired."""
    path = big(folder / "sparse.pst", "unicode", "--sparse", "--size", 4 * GIB + GIB // 4)
    store = check_sound(pstfix, path)
    assert max(block.ib for block in store.blocks.values()) > 4 * GIB
    check_map_pages(store)
    check_readers(path, folder, store)


@pytest.mark.parametrize("options", [("--size", 40 << 20), ("--sparse", "--size", 100 << 20)])
def test_4k_past_the_first_map(pstfix, folder, options):
    path = big(folder / "large.ost", "unicode4k", *options)
    store = check_sound(pstfix, path)
    assert max(block.ib for block in store.blocks.values()) > F.UNICODE4K.amap(2)
    check_readers(path, folder, store)
    check_repair(pstfix, path, 564)


def test_ansi_to_its_end(pstfix, folder):
    """An ANSI file just below 2 GiB: spread out, since only the offsets matter."""
    path = big(folder / "large.pst", "ansi", "--sparse", "--size", 2 * GIB - (1 << 20))
    store = check_sound(pstfix, path)
    assert max(block.ib for block in store.blocks.values()) > 2_000_000_000
    check_readers(path, folder, store)


def test_memory(pstfix, folder):
    """At most 96 bytes for each block or index entry and 64 MiB, with over a million blocks."""
    env = {**os.environ, "PSTFIX": str(pstfix)}
    result = subprocess.run([sys.executable, ROOT / "tests" / "bench" / "bench.py", "--folder", folder, "memory"],
                            env=env, check=False)
    assert result.returncode == 0
