"""Damage above the node index, on real files: what a repair has to bring back, counted by content.

`catalogue.py` makes the table of all scenarios, files and several seeds; here are one seed and fewer files.
"""

import pytest

from image.damage import Image
from image.scenarios import SCENARIOS, Inapplicable
from judges import Tool
from scoring import Score, Sound
from test_repair import Source, folder, names, tool  # noqa: F401

FILES = {"enron": "enron.pst", "ost": "pstextractortest@outlook.com.ost", "ansi": "pstsdk-test_ansi.pst",
         "unicode": "jlibpst-dist-list.pst", "exchange": "gopst-support.pst"}
SAMPLES = ("enron", "ost")

# Where nobody can know in which folder a message was.
ELSEWHERE = {"parent_unknown"}
# Where indexes may be lost too: a few of the messages may not be found again, or in another folder.
ANYWHERE = ("leaves_lost", "indexes_lost", "bytes_", "sectors_percent", "cut_percent", "every_fourth_encrypted")

# What the repair does not do yet, and why.
NOT_YET = {}


@pytest.fixture(scope="session")
def sounds():
    return {}


@pytest.fixture
def sound(request, sounds, name):
    if name not in sounds:
        path = request.getfixturevalue("samples" if name in SAMPLES else "corpus") / FILES[name]
        sounds[name] = Sound(Image.load(path))
    return sounds[name]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("what", SCENARIOS)
def test_scenario(what, name, sound, tool, folder):     # noqa: F811
    try:
        data = sound.damaged(what)
    except Inapplicable:
        pytest.skip("nothing to damage")
    if what in NOT_YET or f"{what} {name}" in NOT_YET:
        return not_yet(what, sound, data, tool, folder)
    score = Score(sound, data, tool, folder)
    score.repaired.laws()
    least, right = (0.99, 0.95) if what.startswith(ANYWHERE) else (1, 1)
    assert len(score.whole) >= least * len(score.survivable), lost(score.survivable - score.whole)
    if what not in ELSEWHERE:
        assert len(score.placed) >= right * len(score.whole), lost(score.whole - score.placed)
    assert score.shown == score.whole, lost(score.whole - score.shown)
    assert not score.invented | score.twice, names(score.invented | score.twice)
    assert not score.silent, names(score.silent)
    assert score.partial == score.partial_at_best.keys(), names(score.partial_at_best.keys() - score.partial)
    if not what.startswith(ANYWHERE):
        assert all(score.structure.values()), names({nid for nid, kept in score.structure.items() if not kept})
        assert not score.unbuilt, names(score.unbuilt)
    assert not score.complaints, sorted(score.complaints)[:8]
    if score.survivable == sound.said.keys():
        assert score.others[1] >= sound.others(folder)


def lost(nids):
    return f"messages {names(nids)}"


def not_yet(what, sound, data, tool, folder):     # noqa: F811
    """Something is given back, or nothing with the reason; nothing is lost whose place is still known, nothing is
    invented."""
    (folder / "try").write_bytes(data)
    run = tool.json("repair", folder / "try", "-o", folder / "tried")
    if run.status == 8:
        assert run.lines[-1]["error"] and not (folder / "tried").exists()
        return
    score = Score(sound, data, tool, folder)
    assert score.repaired.status in (1, 4, 5)
    assert not score.invented, names(score.invented)
    assert not score.silent or what == "cross_linked", names(score.silent)
    moved = Source.damaged_blocks(sound, data)
    kept = {nid for nid in score.survivable & sound.still_named(data) if not sound.blocks[nid] & moved}
    assert kept <= score.whole, lost(kept - score.whole)
