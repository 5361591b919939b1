"""Repair in place, and the rest of the library, when calls fail, the process ends or the power does: pst-faults, which has all three
in one process, tries each call in turn."""

import os
import random
import re
import subprocess
from pathlib import Path

import pytest

from image.damage import Inapplicable
from image.damages import ANYWHERE, CATALOGUE
from image.scenarios import SCENARIOS
from test_hostile import FORMATS
from test_in_place import DAMAGES, broken, damaged
from test_repair import source  # noqa: F401  a fixture

ROOT = Path(__file__).resolve().parent.parent
NOTHING = ("amap_leak", "block_crc", "pc_unreadable")     # to repair


MOVED = ("bytes_", "sectors_exchanged")                  # which takes a new file
EMPTY = {("made-4k", "cut_at_percent_of_data-40")}       # no node is left, and an empty store is no repair
LONGER = ("garbage_appended", "cut_at_")                 # what is lost at the end is kept, too, or is not of the indexes


def faults(tmp_path, mode, data, *more):
    """-> what it says, and how many cases there were"""
    program = os.environ.get("PST_FAULTS", ROOT / "build" / "tests" / "faults" / "pst-faults")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(data)
    done = subprocess.run([program, mode, tmp_path / "file", tmp_path / "folder", *map(str, more)], capture_output=True, text=True, check=False,
                          env={**os.environ, "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"})     # which hides what is freed
    assert done.returncode == 0, done
    assert not list((tmp_path / "folder").iterdir()) and (tmp_path / "file").read_bytes() == data
    said, cases = re.fullmatch(r"(?:(.+), )?(\d+) cases\n", done.stdout).groups()
    return said, int(cases)


@pytest.mark.parametrize("name", DAMAGES)
@pytest.mark.parametrize("fmt", FORMATS)
def test_stopped_before_each_call(fmt, name, tmp_path):
    """Until the new header is written, all can be listed that could be; one undo gives back what was, and so does one that is started
    again, wherever the first was stopped."""
    _, cases = faults(tmp_path, "stops", damaged(name, fmt))
    assert cases == 0 if name in NOTHING else cases > 20


@pytest.mark.parametrize("name", DAMAGES)
@pytest.mark.parametrize("fmt", FORMATS)
def test_power_lost(fmt, name, tmp_path):
    """After the journal is there; what was done to the file since may have come to the disk in any order, or in part."""
    assert faults(tmp_path, "power", damaged(name, fmt), 40) == (None, 40 if name not in NOTHING else 0)


@pytest.mark.parametrize("fmt, mode", [(fmt, "calls") for fmt in FORMATS] + [("unicode", "memory"), ("ansi", "starved")])
def test_each_fails(fmt, mode, tmp_path):
    """Without a leak, and all is as it was."""
    assert faults(tmp_path, mode, broken(fmt))[1] > 100


@pytest.mark.parametrize("what", [*CATALOGUE, *ANYWHERE, *SCENARIOS])
@pytest.mark.parametrize("name", ("enron", "made-ansi", "made-4k"))
def test_undone(name, what, source, tmp_path):  # noqa: F811
    """In place comes to the same bytes as in a new file, and undo gives back those before; what the journal takes is little."""
    image = source.image.copy()
    try:
        {**CATALOGUE, **ANYWHERE, **SCENARIOS}[what](image, random.Random(f"{what} 1"))
    except Inapplicable as why:
        pytest.skip(str(why))
    data = image.sealed()
    said, cases = faults(tmp_path, "undo", data)
    if not cases:
        assert said == ("refused" if what.startswith(MOVED) else None) and (said or what not in CATALOGUE or (name, what) in EMPTY)
    elif what in CATALOGUE and not what.startswith(LONGER):
        assert int(said.removeprefix("journal ")) <= len(data) / 50 + 65536
