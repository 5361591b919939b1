"""Messages that no index names: which version comes back, and that what was deleted does not."""

import random
import tempfile
from pathlib import Path

import pytest

from image.builder import START, TOP, store
from image.damage import Image
from image.disk import blocks_below
from image.format import AMAP, BBT, NBT
from image.hierarchy import CONTENTS, FOLDER
from image.scenarios import SCENARIOS
from judges import Tool
from scoring import Score, Sound
from test_deleted import earlier
from test_endless import begun
from test_repair import MEMORY

FORMATS = ("ansi", "unicode", "unicode4k")
SUBJECT, SUBMITTED, CONVERSATION, DELIVERED, CHANGED = 0x0037001F, 0x00390040, 0x00710102, 0x0E060040, 0x30080040


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(dir=MEMORY) as path:
        yield Path(path)


def scored(fmt, damage, pstfix, folder, command="repair", **options):
    image = store(fmt, **{"folders": 2, "messages": 7, "leaf_fill": 5, **options})
    damaged = image.copy()
    damage(damaged)
    return image, Score(Sound(image), damaged.sealed(), Tool(pstfix), folder, command)


def repaired(writer, damage, pstfix, folder):
    writer.commit()
    sound = Image(writer.bytes())
    image = sound.copy()
    damage(image)
    return Score(Sound(sound), image.sealed(), Tool(pstfix), folder)


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


def messages(s):
    return {bid for nid in s.nodes if nid & 31 in (4, 8) for bid in blocks_below(s, *s.nodes[nid][1:3])}


def keep_only(image, blocks, places=()):
    """All else is zeros."""
    before, f = bytes(image.data), image.format
    image.zero(0, len(before))
    for at, size in [*places, *((block.ib, f.disk_size(block.cb)) for block in blocks)]:
        image.write(at, before[at:at + size])


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("command, header", [("repair", True), ("recover", True), ("recover", False)])
def test_messages_alone(command, header, fmt, pstfix, folder):
    """Nothing else is left, and what every store has: so leaves were lost, though nothing is tied to a node."""
    def damage(image):
        head = [(0, image.format.amap(0))] if header else []
        keep_only(image, map(image.store.block, messages(image.store)), head)
    _, score = scored(fmt, damage, pstfix, folder, command, associated=2)
    assert score.whole == score.survivable == set(score.sound.said)
    assert len(score.untied) == len(score.whole) and score.run.status == 5
    assert not score.new | score.twice and not score.unsaid | score.complaints
    score.repaired.laws()


@pytest.mark.parametrize("fmt", FORMATS)
def test_messages_alone_and_deleted(fmt, pstfix, folder):
    """Maps are left as well, and call free where one lies that was deleted, and an older version."""
    def damage(image):
        stale, f = image.stale, image.format
        freed = [s.block(bid) for s, node in ((earlier(image, stale.deleted, stale.deleted_node), stale.deleted_node),
                                              (earlier(image, stale.changed, stale.old), stale.old))
                 for bid in blocks_below(s, *node[:2])]
        keep_only(image, [*map(image.store.block, messages(image.store)), *freed],
                  [(0, image.format.amap(0)), *((f.amap(k), f.page) for k in range(image.sections))])
    image, score = scored(fmt, damage, pstfix, folder, stale=True)
    assert score.whole == score.survivable == set(score.sound.said)
    assert len(score.found) == len(score.whole) and not score.new


def lose_pages(image):
    """All of trees and maps, and what is left of older trees; tables of messages, too."""
    f = image.format
    for nid in [nid for nid in image.store.nodes if nid & 31 == 0x0E and nid > 0x8000]:
        image.node_block(nid).zero()
    for at in range(0, len(image.data) - f.page + 1, 512):
        kinds = image.data[at + f.page_data:at + f.page_data + 2]
        if kinds in (bytes([NBT, NBT]), bytes([BBT, BBT]), bytes([AMAP, AMAP])):
            image.zero(at, at + f.page)


@pytest.mark.parametrize("fmt", FORMATS)
def test_copies(fmt, pstfix, folder):
    """What has one search key, and was made at the same time, is not one message when it says something else."""
    def change(draft):
        one, *others = [draft.pc(nid) for nid in sorted(draft.nodes) if nid & 31 == 4][::2]
        for other in others:
            for prop in (0x300B, 0x3007):
                other.set_value(prop, one.item(one.get(prop)[2]))
    _, score = scored(fmt, lose_pages, pstfix, folder, change=change)
    assert score.whole == score.survivable == set(score.sound.said)
    assert not score.new | score.twice
    score.repaired.laws()


def test_older_with_the_same_subnodes(corpus, pstfix, folder):
    """An appointment, of which an older version is left: it is not a copy."""
    image = Image.load(corpus / "jlibpst-dist-list.pst")
    damaged = image.copy()
    lose_pages(damaged)
    score = Score(Sound(image), damaged.sealed(), Tool(pstfix), folder)
    assert not score.new


@pytest.mark.parametrize("fmt", FORMATS)
def test_newer_than_its_row(fmt, pstfix, folder):
    """A table that was superseded has a row for the older version, so that this is found: the newer one comes back, too."""
    image, score = scored(fmt, lose_pages, pstfix, folder, stale=True)
    assert score.whole == score.survivable == set(score.sound.said)
    assert score.now[image.stale.changed] in score.untied and not score.invented | score.twice


def lose_leaf(nid):
    """And all that could tell of what it named: rows, maps, the block index."""
    def damage(image):
        image.nbt.find(nid)[0].zero()
        for table in [nid for nid in image.store.nodes if nid & 31 == 0x0E and nid > 0x8000]:
            image.node_block(table).zero()
        for page in [*image.bbt.pages, *(image.amap(k) for k in range(image.sections))]:
            page.zero()
    return damage


@pytest.mark.parametrize("fmt", FORMATS)
def test_leaf_without_rows(fmt, pstfix, folder):
    """A page above names the leaf, so that it is known to be lost."""
    _, score = scored(fmt, lose_leaf(0x2000A4), pstfix, folder)
    assert score.whole == score.survivable and len(score.untied) == 5
    assert not score.new | score.twice


@pytest.mark.parametrize("fmt", FORMATS)
def test_deleted_and_a_leaf_of_folders(fmt, pstfix, folder):
    """The only leaf that is lost had no messages: what no leaf names was deleted."""
    image, score = scored(fmt, lose_leaf(0x802D), pstfix, folder, stale=True)
    assert score.whole == score.survivable
    assert image.stale.deleted not in score.found and not score.new and not score.untied


def never_delivered(values, i):
    """As contacts and tasks are."""
    del values[DELIVERED]


def delivered_at_once(values, i):
    values[DELIVERED] = START


def alike_but_for_its_conversation(values, i):
    values.update({DELIVERED: START, SUBMITTED: START, CHANGED: START, SUBJECT: "Same", CONVERSATION: b"\1" + i.to_bytes(21, "big")})


def half_of_the_leaves(image):
    for leaf in image.nbt.leaves[1::2]:
        leaf.zero()


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("change, damage, n", [
    (never_delivered, lose("indexes_lost-all"), 600), (never_delivered, half_of_the_leaves, 1200),
    (delivered_at_once, lose("indexes_lost-all"), 600), (alike_but_for_its_conversation, lose("indexes_lost-all"), 600)])
def test_many_of_one_time(change, damage, n, fmt, pstfix, folder):
    """What a row stands for is known by more than when it was delivered: each of many comes back, with its id, in its folder."""
    writer, builder, inbox = begun(fmt)
    for i in range(n):
        spec = builder.compose(i, 0, text="short")
        change(spec.values, i)
        builder.add_message(inbox, spec)
    builder.flush()
    score = repaired(writer, damage, pstfix, folder)
    assert len(score.placed) == len(score.survivable) == n
    assert not score.untied and not score.new
    assert not [line for line in score.run.losses if line["problem"] == "MESSAGE_ROW_ALONE"]


def test_pieces(samples, pstfix, folder):
    """About half of the pieces of a file are left, and superseded pages name messages whose leaves are lost: what comes back as
    a new node, since nothing tells whether it was deleted, is not said to have been."""
    image, rng, piece = Image.load(samples / "enron.pst"), random.Random("pieces2"), 1 << 16
    damaged, kept = image.copy(), rng.choice([2, 3, 5])
    for at in range(0, len(image.data), piece):
        if rng.randrange(kept):
            damaged.zero(at, at + piece)
    score = Score(Sound(image), damaged.sealed(), Tool(pstfix), folder)
    dropped = {line["nid"] for line in score.run.problems if line["problem"] == "NBT_DROPPED"}
    assert score.whole == score.survivable and score.partial == set(score.partial_at_best)
    assert not dropped & (score.whole | score.partial)
    assert not score.new | score.twice | score.silent


@pytest.mark.parametrize("fmt", FORMATS)
def test_many_alike(fmt, pstfix, folder):
    """Where rows say the same, the order in which messages were written is that of their ids."""
    writer, builder, inbox = begun(fmt)
    for i in range(100):
        spec = builder.compose(1, 0, subject="Same", text=f"Text {i:4}")
        spec.values[CONVERSATION] = bytes(22)
        builder.add_message(inbox, spec)
    builder.flush()
    score = repaired(writer, lose("indexes_lost-all"), pstfix, folder)
    assert score.placed == score.survivable and not score.untied


def all_leaves(image):
    for leaf in image.nbt.leaves:
        leaf.zero()


def folders_of_two(fmt, shape, n):
    """Folders with two messages each, one of them read.  -> the writer and the builder, before it commits"""
    writer, builder, first = begun(fmt)
    folders, rng = [first], random.Random(1)
    for i in range(n - 1):
        above = {"flat": builder.folders[TOP], "chain": folders[-1], "tree": rng.choice(folders)}[shape]
        folders.append(builder.add_folder(f"Folder {i}", above))
    for i in range(2 * n):
        builder.add_message(folders[i // 2], builder.compose(i, 0))
    builder.flush()
    return writer, builder


def parents(store):
    return {nid: node.parent for nid, node in store.nodes.items() if nid & 31 == FOLDER}


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("damage", [all_leaves, lose("indexes_lost-all")])
@pytest.mark.parametrize("shape", ["flat", "chain", "tree"])
def test_folders_alike(shape, damage, fmt, pstfix, folder):
    """Folders that count alike are told apart where they and their tables were written in one go."""
    writer, _ = folders_of_two(fmt, shape, 9)
    score = repaired(writer, damage, pstfix, folder)
    assert score.placed == score.survivable == score.shown
    assert parents(score.result) == parents(score.sound.store)
    assert not score.untied and not score.new


def test_many_folders_alike(pstfix, folder):
    """Each table is looked at once, however many folders it may belong to."""
    score = repaired(folders_of_two("unicode", "tree", 400)[0], all_leaves, pstfix, folder)
    assert score.placed == score.survivable
    assert parents(score.result) == parents(score.sound.store)


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("damage", [all_leaves, lose("indexes_lost-all")])
def test_folders_alike_in_another_order(damage, fmt, pstfix, folder):
    """Tables that were written anew since may have another order: what tells nothing is not guessed."""
    writer, builder = folders_of_two(fmt, "chain", 5)
    builder.written.clear()
    for each in [each for each in builder.folders.values() if each.rows][::-1]:
        rows = list(each.rows.values())
        builder.node(each.nid & ~31 | CONTENTS, *builder.table(0x60E, rows, side=builder.f.compresses))
    builder.node(0xE01, *builder.conversations())
    score = repaired(writer, damage, pstfix, folder)
    assert score.whole == score.survivable
    before, after = score.sound.store.nodes, score.result.nodes
    there = {after[score.now[nid]].parent for nid in score.whole - score.placed}
    assert not there & before.keys()
