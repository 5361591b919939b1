"""A store with nothing in it, which pst-minimum makes of what lib/write knows of every store: no reader misses
anything.

The image builder has a minimum of its own, with which this one is compared; with those of genuine files it is by
checksums, in the unit tests.
"""

import os
import subprocess
from pathlib import Path

import pytest

from image.builder import store
from image.damage import Image
from image.reader import Store, items, judge, judge_layers
from image.tables import Table
from judges import Pffexport, Readpst, Run, Tool, needs

ROOT = Path(__file__).resolve().parent.parent
FORMATS = ("ansi", "unicode", "unicode4k")

PST = ["", "SPAM Search Folder 2", "Search Root", "Top of Outlook data file", "Top of Outlook data file/Deleted Items"]
OST = ["", "Root - Mailbox", "Root - Mailbox/Finder", "Root - Mailbox/IPM_SUBTREE",
       "Root - Mailbox/IPM_SUBTREE/Deleted Items", "Root - Mailbox/SPAM Search Folder 2"]
PATHS = {"ansi": PST, "unicode": PST, "unicode4k": OST}


@pytest.fixture(params=FORMATS)
def made(request, tmp_path):
    program = os.environ.get("PST_MINIMUM", ROOT / "build" / "tests" / "minimum" / "pst-minimum")
    path = tmp_path / f"{request.param}.pst"
    subprocess.run([program, request.param, path], check=True)
    return path


def test_check(made, pstfix):
    """Not even a note; libpff agrees, and there is nothing to repair."""
    tool = Tool(pstfix)
    check = tool.json("check", made)
    assert check.findings == [] and check.status == 0
    assert tool.json("repair", made, "-o", made.with_name("out.pst"), "--require-verify").status == 0


def test_recover(made, pstfix):
    """Without the header it comes back as it was."""
    before, out = Store(made), made.with_name("out.pst")
    with open(made, "r+b") as file:
        file.write(bytes(564))
    assert Tool(pstfix).json("repair", made, "-o", out, "--require-verify").status == 1
    assert Store(out).nodes == before.nodes


def test_python(made):
    """The reader that shares no line with the library has nothing to say of any layer."""
    seen = Store(made)
    assert seen.faults == [] and judge(seen) == [] and judge_layers(seen) == []
    assert items(seen).faults == [] and items(seen).messages == []
    assert sorted(folder.path for folder in items(seen).folders) == PATHS[made.stem]


def test_libpff(made, tmp_path):
    needs("pffinfo")
    info = Run("pffinfo", made)
    assert info.status == 0 and "Unable" not in info.out + info.err
    if made.stem != "unicode4k":
        assert "Subtree, Wastbox, Finder" in info.out
    export = Pffexport(made, tmp_path / "pff")
    assert export.files == {}
    folders = [str(path.relative_to(export.target)) for path in export.target.rglob("*")]
    assert sorted(folders) == PATHS[made.stem][1:]


def test_libpst(made, tmp_path):
    readpst = Readpst(made, tmp_path / "pst")
    assert readpst.messages == 0 and readpst.status == 0
    assert "rror" not in readpst.out + readpst.err


def shape(opened, nid):
    node = opened.nodes[nid]
    table = Table(opened, node.data, node.sub)
    return table.columns, table.ends, sorted(table.rows), sorted(table.heap.subnodes)


def test_builder(made):
    """Templates are those of the image builder; it puts columns aside only where there are cells."""
    ours, theirs = Store(made), store(made.stem, folders=0, messages=0, server_ids=made.stem == "unicode4k").store
    assert {nid for nid in theirs.nodes if 0x600 <= nid < 0x700} == {nid for nid in ours.nodes if 0x600 <= nid < 0x700}
    for nid in ours.nodes:
        if 0x600 <= nid < 0x700 and nid != 0x614:
            assert shape(ours, nid)[:3] == shape(theirs, nid)[:3], hex(nid)
            assert shape(ours, nid)[3] == ([0x521, 0x541] if nid == 0x60E and made.stem == "unicode4k" else [])


def test_needed(made, pstfix):
    """Of nodes that are not there check says so, but for those that only newer clients have, and OSTs usually."""
    unasked = {0xE41, 0xEC1, 0xF21}
    if made.stem == "unicode4k":
        unasked |= {0x261, 0x614, 0x619, 0x64C, 0x6B6, 0x6D7, 0x6F8, 0xC01}
    for nid in Store(made).nodes:
        image, without = Image.load(made), made.with_name("without.pst")
        image.nbt.remove(nid)
        without.write_bytes(image.sealed())
        told = {line["problem"] for line in Tool(pstfix).json("check", without).findings}
        told -= {"BLOCK_ORPHAN", "BLOCK_UNOWNED", "BBT_REFS"}         # of its blocks
        told -= {"NBT_TIED"} if nid in unasked else set()             # if they are known
        assert bool(told) != (nid in unasked or nid & 31 in (0x14, 0x15)), (hex(nid), told)
