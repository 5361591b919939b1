"""libpff, which judges a result, runs in a child: whatever becomes of it, the repair comes to an end and says so."""

import os
import re
import subprocess

import pytest

from image.builder import store
from judges import LIBPFF, Run, preloaded
from test_hostile import CORRECTED, FAILED, LEFT
from test_hostile_contents import written

ACTS = {    # and what is said of it
    "crash": ("*(volatile char *)0 = 0;", "ended by signal 11"),
    "abort": ("abort();", "ended by signal 6"),
    "exit": ("_exit(0);", "ended without a verdict"),
    "hang": ("for (;;) pause();", "took longer than"),
    "endless": ("for (;;) ;", "took longer than"),
    "memory": ("for (;;) memset(malloc(1 << 24), 1, 1 << 24);", "MB of memory"),
}


CALLS = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int libpff_file_open(void *file, const char *name, int flags, void **error)
{
	const char *act = getenv("ACT");

	(void)file, (void)name, (void)flags, (void)error;
%s	return -1;
}
"""


@pytest.fixture(scope="module")
def acts(tmp_path_factory):
    """A libpff that, when it is asked to open a file, does something else."""
    acts = "".join(f'\tif (!strcmp(act, "{name}"))\n\t\t{{ {code} }}\n' for name, (code, _) in ACTS.items())
    return preloaded(tmp_path_factory.mktemp("acts"), CALLS % acts + LIBPFF)


@pytest.mark.parametrize("strict", (False, True))
@pytest.mark.parametrize("act", ACTS)
def test_judge_does_otherwise(act, strict, acts, pstfix, tmp_path):
    image = store("unicode")
    image.header.zero()
    path, out = tmp_path / "in.pst", tmp_path / "out.pst"
    path.write_bytes(image.sealed())
    done = subprocess.run([pstfix, "repair", path, "-o", out, *(["--require-verify"] if strict else [])], timeout=60,
                          env={**os.environ, "LD_PRELOAD": str(acts), "ACT": act}, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert "cannot judge" in said and ACTS[act][1] in said, said
    assert (done.returncode, out.exists()) == ((8, False) if strict else (1, True)), said


def test_judge_is_not_there(pstfix, tmp_path):
    """libpff is loaded when it is wanted; what cannot be loaded cannot judge."""
    image = store("unicode")
    image.header.zero()
    path, out = tmp_path / "in.pst", tmp_path / "out.pst"
    path.write_bytes(image.sealed())
    (tmp_path / "libpff.so.1").touch()
    for strict, status in (["--require-verify"], FAILED), ([], CORRECTED):
        done = subprocess.run([pstfix, "repair", path, "-o", out, *strict], env={**os.environ, "LD_LIBRARY_PATH": str(tmp_path)},
                              capture_output=True, text=True, check=False)
        assert (done.returncode, out.exists()) == (status, status != FAILED) and "libpff.so.1 is not installed" in done.stdout + done.stderr, done


def test_judge_without_bounds(pstfix, tmp_path):
    """libpff would take gigabytes for this heap; it is stopped, on a slow machine by the time that it takes, and the result is there,
    unless a verdict is asked for."""
    path, out = tmp_path / "in.pst", tmp_path / "out.pst"
    written("item_names_itself-8", "unicode", path)
    for strict, status in (["--require-verify"], FAILED), ([], CORRECTED | LEFT):
        repair = Run(pstfix, "repair", path, "-o", out, *strict, seconds=120)
        assert repair.status == status and out.exists() == (status != FAILED), repair.err
        assert re.search("it took (more than 1024 MB of memory|longer than )", repair.err), repair.err
