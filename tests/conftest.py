"""Where the tests find real files and the program under test."""

import ctypes
import os
import resource
from pathlib import Path

import pytest

from judges import Run, Tool

ROOT = Path(__file__).resolve().parent.parent
MEMORY = 1 << 30

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3     # of malloc.h
for threshold in M_TRIM_THRESHOLD, M_MMAP_THRESHOLD:    # images of 16 MB come and go, and memory fresh from the system takes longer than a copy
    ctypes.CDLL(None).mallopt(threshold, 1 << 28)


@pytest.fixture(scope="session")
def corpus():
    """Folder of the small real files."""
    path = Path(os.environ.get("PSTFIX_CORPUS", ROOT.parent / "shared" / "corpus"))
    if not path.is_dir():
        pytest.skip(f"no real files: {path} is not there; set PSTFIX_CORPUS")
    return path


@pytest.fixture(scope="session")
def samples():
    """Folder of enron.pst and the two OSTs of the npm package pst-extractor."""
    path = Path(os.environ.get("PSTFIX_SAMPLES", ""))
    if not (path / "enron.pst").is_file():
        pytest.fail("set PSTFIX_SAMPLES to package/example/testdata of the npm package pst-extractor 1.12.0")
    return path


@pytest.fixture(scope="session")
def pstfix():
    """The program under test."""
    path = Path(os.environ.get("PSTFIX", ROOT / "build" / "tools" / "pstfix"))
    if not path.is_file():
        pytest.fail(f"{path} is not there; set PSTFIX")
    return path


@pytest.fixture
def tool(pstfix):
    return Tool(pstfix)


@pytest.fixture
def path(request, name):
    """A real file."""
    from test_list import CORPUS
    return request.getfixturevalue("corpus" if name in CORPUS else "samples") / name


@pytest.fixture
def limited(request, pstfix):
    """pstfix with a limit of memory, and one of time, SECONDS of the test's file; sanitizers reserve more memory than
    that for themselves."""
    limit = None
    if b"__asan_init" not in pstfix.read_bytes():
        limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))     # noqa: E731

    def run(command, *args, **options):
        return Run(pstfix, command, *args, seconds=request.module.SECONDS, preexec_fn=limit, **options)

    return run
