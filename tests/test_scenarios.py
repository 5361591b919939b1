"""Damage above the node index, on real files: what a repair has to bring back, counted by content.

`catalogue.py` makes the table of all scenarios, files and several seeds; here are one seed and fewer files.
"""

import tempfile
from pathlib import Path

import pytest

from image.damage import Image, Inapplicable
from image.scenarios import SCENARIOS
from judges import Run
from scoring import Score, Sound
from test_repair import MEMORY, names

FILES = {"enron": "enron.pst", "ost": "pstextractortest@outlook.com.ost", "ansi": "pstsdk-test_ansi.pst",
         "unicode": "jlibpst-dist-list.pst", "exchange": "gopst-support.pst",
         "older": "pstextractortestpdf@outlook.com.ost", "stale": "pstsdk-sample1.pst",
         "copies": "libyal-outlook.pst", "rows": "pstsdk-test_unicode.pst"}
SAMPLES = ("enron", "ost", "older")
RECOVERED = ("ansi", "unicode", "exchange")
# A complete tree from before most of its messages is left in free space; a folder is named by a superseded leaf only; of two messages
# in different folders only the time of the last change is not the same, and a page names an older version of one; of a folder only the
# row in the table above is left.
ONLY = {"older": ("leaves_lost", "indexes_lost"), "stale": ("leaves_lost",),
        "copies": ("leaves_lost", "indexes_lost", "cross_linked"), "rows": ("sectors_percent",)}
CASES = [(what, command, name) for what in SCENARIOS
         for command, name in [("repair", name) for name in FILES] + [("recover", name) for name in RECOVERED]
         if what.startswith(ONLY.get(name, ""))]

# Where nobody can know in which folder a message was.
ELSEWHERE = {"parent_unknown"}
# Where indexes may be lost too: a few of the messages may not be found again, or in another folder.
ANYWHERE = ("leaves_lost", "indexes_lost", "bytes_", "sectors_percent", "cut_percent", "every_fourth_encrypted")


@pytest.fixture(scope="session")
def sounds():
    return {}


@pytest.fixture
def sound(request, sounds, name):
    if name not in sounds:
        path = request.getfixturevalue("samples" if name in SAMPLES else "corpus") / FILES[name]
        sounds[name] = Sound(Image.load(path))
    return sounds[name]


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(dir=MEMORY) as path:
        yield Path(path)
        Run.end_all()


@pytest.mark.parametrize("what, command, name", CASES)
def test_scenario(what, command, name, sound, tool, folder):
    try:
        data = sound.damaged(what)
    except Inapplicable as why:
        pytest.skip(str(why))
    score = Score(sound, data, tool, folder, command)
    score.repaired.laws()
    least, right, known = (0.99, 0.95, score.in_tables) if what.startswith(ANYWHERE) else (1, 1, score.whole)
    assert len(score.whole) >= least * len(score.survivable), lost(score.survivable - score.whole)
    if what not in ELSEWHERE:
        assert len(score.placed & known) >= right * len(known), lost(known - score.placed)
    assert score.shown == score.whole, lost(score.whole - score.shown)
    assert not score.invented | score.twice, names(score.invented | score.twice)
    assert not score.old_unsaid, names(score.old_unsaid)
    assert not score.silent, names(score.silent)
    assert score.partial == score.partial_at_best.keys(), names(score.partial_at_best.keys() - score.partial)
    if score.tally:
        assert score.tally["whole"] + score.tally["partial"] == len(score.as_before | score.kept), score.tally
    if not what.startswith(ANYWHERE):
        assert all(score.structure.values()), names({nid for nid, kept in score.structure.items() if not kept})
        assert not score.unbuilt, names(score.unbuilt)
    assert not score.complaints, sorted(score.complaints)[:8]
    assert all(found >= least * count for found, count in zip(score.others, score.others_at_least)), score.others


def lost(nids):
    return f"messages {names(nids)}"
