"""Messages that no index names: which version comes back, and that what was deleted does not."""

import tempfile
from pathlib import Path

import pytest

from image.builder import store
from image.scenarios import SCENARIOS
from judges import Tool
from scoring import Score, Sound
from test_repair import MEMORY

FORMATS = ("ansi", "unicode", "unicode4k")


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(dir=MEMORY) as path:
        yield Path(path)


def scored(fmt, damage, pstfix, folder, **options):
    image = store(fmt, folders=2, messages=7, leaf_fill=5, **options)
    damaged = image.copy()
    damage(damaged)
    return image, Score(Sound(image), damaged.sealed(), Tool(pstfix), folder)


def lose(which):
    return lambda image: SCENARIOS[which](image, None)


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("which", ["leaves_lost-all", "indexes_lost-both"])
def test_deleted(fmt, which, pstfix, folder):
    """Maps, or the block index, say what was freed."""
    def damage(image):
        if which == "leaves_lost-all":
            for leaf in image.nbt.leaves:
                leaf.zero()
        else:
            lose(which)(image)
    image, score = scored(fmt, damage, pstfix, folder, stale=True)
    assert score.whole == score.survivable == score.placed
    assert image.stale.deleted not in score.found
    assert not score.new and not score.untied


def test_deleted_by_a_damaged_leaf(pstfix, folder):
    """Maps are lost, and no leaf of the block index proves itself, but their entries are there: none is for what was freed."""
    def damage(image):
        image.amap().zero()
        for leaf in image.nbt.leaves:
            leaf.zero()
        for leaf in image.bbt.leaves:
            leaf.flip(2000)
    image, score = scored("unicode4k", damage, pstfix, folder, stale=True)
    leaf, _ = image.bbt.find(max(bid for bid in image.store.blocks if bid < image.stale.deleted_node[0]))
    assert leaf.get(len(leaf) - 1)["key"] > image.stale.deleted_node[1]
    assert score.whole == score.survivable == score.placed
    assert image.stale.deleted not in score.found
    assert not score.new and not score.untied


@pytest.mark.parametrize("fmt", FORMATS)
def test_version(fmt, pstfix, folder):
    """Nothing says what was freed; of two versions with one search key the newer one comes back."""
    image, score = scored(fmt, lose("indexes_lost-all"), pstfix, folder, stale=True)
    assert image.stale.changed in score.whole == score.survivable
    assert not score.invented | score.twice and not score.untied


@pytest.mark.parametrize("fmt", FORMATS)
def test_without_rows(fmt, pstfix, folder):
    """All that tables of messages say is gone, too: each message comes back, once, and again the repair has nothing to do."""
    def damage(image):
        for nid in [nid for nid in image.store.nodes if nid & 31 == 0x0E and nid > 0x8000]:
            image.node_block(nid).zero()
        lose("indexes_lost-both")(image)
    _, score = scored(fmt, damage, pstfix, folder, associated=2)
    assert score.whole == score.survivable
    assert not score.invented | score.twice | score.old_unsaid and score.untied
    score.repaired.laws()
