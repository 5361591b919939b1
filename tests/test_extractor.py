"""pst-extractor, a reader in another language by other people, finds in a result what it finds in the sound file.

It reads no ANSI file, and of an OST a part: of tables and stores that were written anew more of it.
"""

import random

import pytest

from image.damage import Image
from image.scenarios import SCENARIOS
from judges import Extractor
from test_repair import CATALOGUE
from test_scenarios import FILES, SAMPLES

NAMES = ("enron", "ost", "unicode")
DAMAGES = ("header_zeroed", "first_16k_zeroed", "root_page_zeroed-both", "bbt_zeroed-pages", "leaves_lost-half", "maps_zeroed",
           "wiped-contents", "rows_removed-all", "message_tables_wiped-attachments")


@pytest.fixture
def path(request, name):
    return request.getfixturevalue("samples" if name in SAMPLES else "corpus") / FILES[name]


def check_items(sound, result):
    before, after = (Extractor(file).items for file in (sound, result))
    assert before and set(before) <= set(after) and (before == after or sound.suffix == ".ost")


@pytest.mark.parametrize("what", DAMAGES)
@pytest.mark.parametrize("name", NAMES)
def test_repaired(name, what, path, tool, tmp_path):
    image, source, out = Image.load(path), tmp_path / "in.pst", tmp_path / "out.pst"
    {**CATALOGUE, **SCENARIOS}[what](image, random.Random(what))
    source.write_bytes(image.sealed())
    assert tool("repair", source, "-o", out).status in (1, 5)
    check_items(path, out)


@pytest.mark.parametrize("name", NAMES)
def test_another_format(name, path, tool, tmp_path):
    out = tmp_path / "out.pst"
    assert tool("recover", path, "-o", out, "--format", "unicode").status in (1, 5)
    check_items(path, out)
