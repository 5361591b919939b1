"""Where the tests find real files and the program under test."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


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
