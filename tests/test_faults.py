"""Repair in place, and the rest of the library, when calls fail, the process ends or the power does: pst-faults, which has all three
in one process, tries each call in turn."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from test_hostile import FORMATS
from test_in_place import DAMAGES, broken, damaged

ROOT = Path(__file__).resolve().parent.parent
NOTHING = ("amap_leak", "block_crc", "pc_unreadable")     # to repair


def faults(tmp_path, mode, data, *more):
    """-> how many cases there were"""
    program = os.environ.get("PST_FAULTS", ROOT / "build" / "tests" / "faults" / "pst-faults")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(data)
    done = subprocess.run([program, mode, tmp_path / "file", tmp_path / "folder", *map(str, more)], capture_output=True, text=True, check=False,
                          env={**os.environ, "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"})     # which hides what is freed
    assert done.returncode == 0, done
    assert not list((tmp_path / "folder").iterdir()) and (tmp_path / "file").read_bytes() == data
    return int(re.fullmatch(r"(?:journal \d+, )?(\d+) cases\n", done.stdout)[1])


@pytest.mark.parametrize("name", DAMAGES)
@pytest.mark.parametrize("fmt", FORMATS)
def test_stopped_before_each_call(fmt, name, tmp_path):
    """Until the new header is written, all can be listed that could be; one undo gives back what was, and so does one that is started
    again, wherever the first was stopped."""
    cases = faults(tmp_path, "stops", damaged(name, fmt))
    assert cases == 0 if name in NOTHING else cases > 20


@pytest.mark.parametrize("name", DAMAGES)
@pytest.mark.parametrize("fmt", FORMATS)
def test_power_lost(fmt, name, tmp_path):
    """After the journal is there; what was done to the file since may have come to the disk in any order, or in part."""
    assert faults(tmp_path, "power", damaged(name, fmt), 40) == (40 if name not in NOTHING else 0)


@pytest.mark.parametrize("fmt, mode", [(fmt, "calls") for fmt in FORMATS] + [("unicode", "memory"), ("ansi", "starved")])
def test_each_fails(fmt, mode, tmp_path):
    """Without a leak, and all is as it was."""
    assert faults(tmp_path, mode, broken(fmt)) > 100
