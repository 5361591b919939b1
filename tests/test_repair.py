"""Every kind of damage, on real files and on made ones: what a repair has to bring back, and what to say of the rest.

What is survivable is computed from the bytes of the sound and of the damaged file, before pstfix sees either: a node
whose leaf page still proves itself and whose blocks are all as they were.
"""

import os
import random
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path

import pytest

import anew
from image import format as F
from image.builder import store
from image.damage import Image, Inapplicable
from image.damages import ANYWHERE, CATALOGUE
from image.disk import blocks_below
from image.reader import Store, Table, Unreadable, content, judge
from judges import Pffexport, Readpst, Run

# sound files ---------------------------------------------------------------------------------------------

REAL = {"enron": "enron.pst", "ost": "pstextractortest@outlook.com.ost",
        "ost-pdf": "pstextractortestpdf@outlook.com.ost", "ansi": "pstsdk-test_ansi.pst",
        "ansi-old": "gopst-32-bit.pst", "unicode": "jlibpst-dist-list.pst"}
MADE = {"made-ansi": dict(fmt="ansi", sections=3), "made-unicode": dict(fmt="unicode", sections=3),
        "made-4k": dict(fmt="unicode4k", crypt=0, compress=True)}
STALE = {f"stale-{fmt}": dict(fmt=fmt, stale=True) for fmt in ("ansi", "unicode", "unicode4k")}
SAMPLES = ("enron", "ost", "ost-pdf")
SOURCES = (*REAL, *MADE)
MESSAGES = 71       # in enron.pst


class Source:
    """A sound file: its nodes, and where each one's bytes lie."""

    def __init__(self, image):
        self.image, self.store, self.data = image, image.store, image.sealed()
        self.digests = content(self.store)
        self.blocks = {nid: blocks_below(self.store, node.data, node.sub) for nid, node in self.store.nodes.items()}
        self.named = {leaf.get(i)["key"]: (leaf, raw) for leaf in image.nbt.leaves
                      for i, raw in enumerate(leaf.entries)}
        self.exported = self.unsound = None

    def still_named(self, data):
        """Nodes that their leaf page still names, at its old place, and proves."""
        sound = {leaf.ib: leaf for leaf, _ in self.named.values() if proves_itself(self.image.format, data, leaf)}
        return {nid for nid, (leaf, raw) in self.named.items() if leaf.ib in sound and raw in entries(leaf, data)}

    def damaged_blocks(self, data):
        """Ids of the blocks that are no longer as they were."""
        f = self.image.format
        return {b.bid for b in self.store.blocks.values()
                if data[b.ib:b.ib + f.disk_size(b.cb)] != self.data[b.ib:b.ib + f.disk_size(b.cb)]}

    def left(self, tool):
        """Places of what check says of the sound file and a repair leaves as it is."""
        if self.unsound is None:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, "sound")
                path.write_bytes(self.data)
                self.unsound = {place(line) for line in tool.json("check", path).problems if line["fix"] == "none"}
        return self.unsound

    def export(self):
        """What libpff finds in the sound file."""
        if self.exported is None:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, "sound")
                path.write_bytes(self.data)
                self.exported = Pffexport(path, Path(folder, "pff")).files
        return self.exported


def proves_itself(f, data, leaf):
    raw = bytes(data[leaf.ib:leaf.ib + f.page])
    return raw[f.page_data:] == F.page_trailer(f, leaf.kind, leaf.ib, leaf.bid, raw[:f.page_data])


def entries(leaf, data):
    f = leaf.image.format
    at = leaf.ib + f.meta
    count = int.from_bytes(data[at:at + f.count], "little")
    return {bytes(data[leaf.ib + i * leaf.step:leaf.ib + (i + 1) * leaf.step]) for i in range(count)}


@lru_cache(maxsize=None)
def load(path):
    return Source(Image.load(path))


@lru_cache(maxsize=None)
def make(name):
    return Source(store(leaf_fill=6, **{**MADE, **STALE}[name]))


@pytest.fixture
def source(request, name):
    if name not in REAL:
        return make(name)
    return load(request.getfixturevalue("samples" if name in SAMPLES else "corpus") / REAL[name])


MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@pytest.fixture
def folder():
    """Like tmp_path, but in memory and gone after the test: these files are large and many."""
    path = Path(tempfile.mkdtemp(prefix="pstfix-", dir=MEMORY))
    yield path
    Run.end_all()
    shutil.rmtree(path)


def damaged(source, what, seed=1):
    image = source.image.copy()
    try:
        {**CATALOGUE, **ANYWHERE}[what](image, random.Random(f"{what} {seed}"))
    except Inapplicable as why:
        pytest.skip(str(why))
    return image.sealed()


def put_back(data, run):
    """The bytes where the report says that they were."""
    out = bytearray(data)
    for line in run.findings:
        if line["problem"] == "CONTENT_MOVED":
            out[line["expected"]:line["expected"] + line["size"]] = data[line["found"]:line["found"] + line["size"]]
    return bytes(out)


def fate(source, data):
    """Nodes that survive, and nodes that an intact leaf names."""
    named, broken = source.still_named(data), source.damaged_blocks(data)
    return {nid for nid in named if not source.blocks[nid] & broken}, named


# laws ----------------------------------------------------------------------------------------------------


class Repaired:
    """A repair of some bytes, or a recovery, and what came of it.  Ran twice, on two threads and on one."""

    def __init__(self, tool, folder, data, name="in.pst", command="repair"):
        self.tool, self.folder, self.data = tool, folder, data
        self.source, self.out, self.again = folder / name, folder / "out.pst", folder / "again.pst"
        self.source.write_bytes(data)
        first = tool.json(command, self.source, "-o", self.out, "--threads", 2)
        second = tool.json(command, self.source, "-o", self.again, "--threads", 1)
        self.run, self.status = first, first.status
        assert second.status == first.status
        assert self.source.read_bytes() == data, "the input has changed"
        assert first.last["exit"] == first.status
        self.written = self.out.exists()
        assert self.written == bool(self.status & 1), f"exit {self.status}, but OUT {self.written}"

    def laws(self):
        """What holds of every result: sure, repeatable, and nothing left to do but what was said."""
        result = self.out if self.written else self.source
        check = self.tool.json("check", result)
        repair = self.tool.json("repair", result, "-o", self.folder / "third.pst")
        if self.written:
            assert self.out.read_bytes() == self.again.read_bytes(), "two repairs of one file differ"
        self.empty = not check.last["nodes"]
        if self.empty:      # there is nothing that a repair could bring back
            assert not self.written and self.status == 4
        left = check.losses if self.empty else check.problems
        fixable = [line for line in left if line["fix"] != "none"]
        assert self.empty or not fixable, f"after the repair: {texts(fixable)}"
        fresh = {place(line) for line in left} - {place(line) for line in self.run.problems}
        assert not fresh, f"problems that the repair did not report: {fresh}"
        assert check.status == (4 if check.problems else 0)
        assert repair.status == check.status
        assert not (self.folder / "third.pst").exists(), "the second repair has written"
        return check


# what judge() may say where blocks are damaged, and where some of them list others
HURT, LISTS = {"block", "reference"}, {"cref", "internal", "xblock", "subnodes"}


def place(line):
    """What refers to a missing block may be at another place in the result."""
    at = None if line["problem"] == "BLOCK_MISSING" else line.get("offset")
    return line["problem"], line.get("nid"), line.get("id"), at


def texts(lines):
    return "; ".join(f"{line['problem']}: {line['text']}" for line in lines[:8]) + f" ({len(lines)})"


def names(nids):
    return f"{len(nids)}: " + " ".join(f"0x{nid:X}" for nid in sorted(nids)[:12])


def errors(store_):
    return sorted({f"{code}: {text}" for severity, code, text in judge(store_) if severity == "error"})


def reported(nid, lines):
    """Does a loss speak of this node, or of the range of nodes it was in?  Of a node that nothing names any more the range
    is all that can be said; see reported_alone() for others."""
    return any(line.get("nid") == nid or line["problem"] == "NBT_RANGE_LOST"
               and line.get("expected", 0) <= nid <= line.get("found", nid) for line in lines)


FOLDER_TABLES = (0x0D, 0x0E, 0x0F)
BESIDE = {2: FOLDER_TABLES, 3: (6, 7, 0x10)}     # nodes that a folder, or a search folder, has beside it
ABSENT = {"FOLDER_ROW_ALONE", "MESSAGE_ROW_ALONE", "FOLDER_TABLE", "FOLDER_PARENT", "MESSAGE_PARENT", "NODE_ALONE",
          "SEARCH_NODE"}                         # their `found` is a node that is not there


def still_named(store_):
    """Nodes that others speak of: as a row of a folder's table, as the folder they are in, or because they belong to one."""
    out = set()
    for nid, node in store_.nodes.items():
        kind = nid & 31
        if kind in FOLDER_TABLES:
            out |= set(row_ids(store_, nid) or ())
        if kind in (2, 3, 4, 8):
            out.add(node.parent)
        out |= {nid - kind + other for other in BESIDE.get(kind, ())}
    return out


def reported_alone(nid, lines):
    """Does a finding speak of just this node?"""
    return any(line.get("nid") == nid or (line["problem"] in ABSENT and line.get("found") == nid) for line in lines)


def missed(nid, node, lines):
    """Is a node that held nothing said to be missing, or to have been in a range of which not all may be known?"""
    return not node.data and not node.sub and any(
        line["problem"] == "NBT_RANGE_OPEN" and line.get("expected", 0) <= nid <= line.get("found", nid) for line in lines)


def tied(run):
    return {line["nid"] for line in run.findings if line["problem"] == "NBT_TIED"}


def row_ids(store_, nid):
    try:
        return sorted(Table(store_, store_.nodes[nid].data, store_.nodes[nid].sub).rows)
    except Unreadable:
        return None


def is_as_good(before, after, nid):
    """A table without rows, as before: empty ones are alike, and a folder may get another's."""
    return (nid & 31 in (0x0D, 0x0E, 0x0F, 0x10) or 0x600 < nid < 0x700) and nid in after.nodes \
        and row_ids(before, nid) == row_ids(after, nid) == []


def lacks_changes_only(source, run, result, nid):
    """An OST's folder without the history of its changes, which nothing names, and which is said to belong to nobody."""
    (_, data, sub, _), after = source.store.nodes[nid], result.nodes[nid]
    return after.data == data and not after.sub and {below & 31 for below in source.store.subnodes(sub)} == {0x16} \
        and any(line["problem"] == "BLOCK_UNOWNED" and line["id"] == sub for line in run.losses)


def changed(source, result, digests, nids):
    """Nodes that are not what they were: by their bytes or, if they were made anew, by what they say."""
    return {nid for nid in nids if digests.get(nid) != source.digests[nid] and not (
        nid in digests and anew.may_be(nid) and not anew.differences(source.store, result, nid))}


def check_ties(source, run, result, digests, broken):
    """What was tied is what it was, in the folder where it was, as far as its blocks are what they were."""
    before, ties = source.store.nodes, tied(run)
    invented = ties - source.digests.keys()
    assert not invented, f"nodes that never were: {names(invented)}"
    ties = {nid for nid in ties if not source.blocks[nid] & broken}
    wrong = {nid for nid in changed(source, result, digests, ties) if not is_as_good(source.store, result, nid)
             and not lacks_changes_only(source, run, result, nid)}
    assert not wrong, f"nodes tied to what is not theirs: {names(wrong)}"
    loose = {line["nid"] for line in run.findings
             if line["problem"] in ("FOLDER_PARENT", "MESSAGE_PARENT") and line["found"] == 0}
    moved = {nid for nid in ties - loose if result.nodes[nid].parent != before[nid].parent}
    assert not moved, f"nodes tied to another folder: {names(moved)}"


def check_kept(source, result, survivors):
    digests = content(result)
    lost = changed(source, result, digests, survivors)
    assert not lost, f"survivable nodes that are not there as they were: {names(lost)}"
    moved = {nid for nid in survivors if result.nodes[nid].parent != source.store.nodes[nid].parent}
    assert not moved, f"nodes with another parent: {names(moved)}"
    return digests


# Folders that are made where something needs them.
MADE_FOLDERS = ("Recovered items (pstfix)", "Top of Outlook data file", "Search Root", "Deleted Items")


def made_anew(run, result):
    """Nodes that are there again because something speaks of them, or needs them."""
    names_ = {name.encode("utf-16-le" if result.format.word == 8 else "ascii") for name in MADE_FOLDERS}
    folders = {line["found"] & ~31 for line in run.findings if "found" in line and line["problem"] in (
        "FOLDER_TABLE", "FOLDER_PARENT", "FOLDER_ROW_ALONE", "MESSAGE_PARENT", "SEARCH_NODE")}
    folders |= {nid & ~31 for nid, node in result.nodes.items() if nid & 31 == 2
                and not names_.isdisjoint(anew.properties(result, node.data, node.sub)[0].values())}
    of_store = {line["nid"] for line in run.findings if line["problem"] in ("STORE_NODE", "STORE_NAMES")}
    return {nid for nid in result.nodes if nid & ~31 in folders or nid in of_store}


def check_rest(source, run, digests, named, survivors, result=None, broken=frozenset()):
    """The nodes that do not survive, one by one."""
    rest = set(source.digests) - survivors
    whole = rest - changed(source, result, digests, rest)
    ties = tied(run)
    if result:
        check_ties(source, run, result, digests, broken)
    silent = {nid for nid in rest - whole - ties if not reported(nid, run.losses)
              and not missed(nid, source.store.nodes[nid], run.findings)}
    assert not silent, f"nodes lost without a word: {names(silent)}"
    if result:
        in_range = {nid for nid in (rest - digests.keys()) & still_named(result) if not reported_alone(nid, run.findings)}
        assert not in_range, f"nodes that something still names, reported as part of a range: {names(in_range)}"
    known = named | ties | {line["nid"] for line in run.losses
                            if line["problem"] in ("NBT_STALE", "NBT_DOUBTFUL", "NBT_UNTIED")}
    known |= made_anew(run, result) if result else set()
    known |= {nid for nid in digests if digests[nid].data == "" and not digests[nid].sub}       # nothing to be old
    assert digests.keys() <= known, f"nodes from old or broken pages, not said to be: {names(digests.keys() - known)}"


# tests ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", CATALOGUE)
@pytest.mark.parametrize("name", SOURCES)
def test_damage(name, source, what, tool, folder):
    check_damage(name, source, damaged(source, what), tool, folder)


# the node index ------------------------------------------------------------------------------------------

LEAVES = {"one": lambda n: 1, "three": lambda n: min(n, 3), "half": lambda n: (n + 1) // 2, "all": lambda n: n}


# Where nothing says which table is whose: three folders have four messages each; the store of an OST has no entry ids
# to begin with, and no older page is left.
UNTIED = {("made-4k", "all"), ("ost-pdf", "all")}


def messages_back(source, result, digests, survivable):
    """Of the survivable messages: those that are whole, those of them in their folder."""
    whole = survivable - changed(source, result, digests, survivable)
    return whole, {nid for nid in whole if result.nodes[nid].parent == source.store.nodes[nid].parent}


@pytest.mark.parametrize("seed", (1, 2))
@pytest.mark.parametrize("how_many", LEAVES)
@pytest.mark.parametrize("name", SOURCES)
def test_leaves_of_node_index(name, source, how_many, seed, tool, folder):
    """Leaves are lost, and every message is in its folder again, from what is in it and what its table says of it."""
    image, leaves = source.image.copy(), source.image.nbt.leaves
    for i in random.Random(f"{name} {how_many} {seed}").sample(range(len(leaves)), LEAVES[how_many](len(leaves))):
        image.nbt.leaves[i].zero()
    result = check_damage(name, source, image.sealed(), tool, folder)
    if (name, how_many) in UNTIED:
        return
    survivable = {nid for nid in source.store.nodes if nid & 31 == 4}
    whole, placed = messages_back(source, result, content(result), survivable)
    assert len(whole) >= 0.99 * len(survivable), f"{len(whole)} of {len(survivable)} messages"
    assert placed == whole


@pytest.mark.parametrize("name", ("enron", "ost"))
def test_no_index_left(name, source, tool, folder):
    """Every page of both indexes is gone, but for old ones in free space."""
    image = source.image.copy()
    for page in image.nbt.pages + image.bbt.pages:
        page.zero()
    repaired = Repaired(tool, folder, image.sealed())
    repaired.laws()
    result = Store(repaired.out)
    digests = content(result)
    survivable = {nid for nid in source.store.nodes if nid & 31 == 4}
    whole, placed = messages_back(source, result, digests, survivable)
    assert len(whole) >= 0.99 * len(survivable), f"{len(whole)} of {len(survivable)} messages"
    assert placed == whole
    invented = digests.keys() - source.digests.keys() - made_anew(repaired.run, result)
    assert not invented, names(invented)


@pytest.mark.parametrize("name", SOURCES)
def test_leaf_lost_beside_a_list(name, source, tool, folder):
    """What a lost list of subnodes can have named hides nothing of what a lost leaf has named."""
    s, image = source.store, source.image.copy()
    messages = {nid for nid in s.nodes if nid & 31 == 4}
    _, victim = max((len(s.subnodes(s.nodes[nid].sub)), nid) for nid in messages if s.nodes[nid].sub)
    holding = source.named[victim][0]
    leaves = [leaf for leaf in image.nbt.leaves if leaf.ib != holding.ib and any(leaf.get(i)["key"] in messages for i in range(len(leaf)))]
    if not leaves:
        pytest.skip("one leaf has all messages")
    leaves[-1].zero()
    image.block(s.nodes[victim].sub).zero()
    result = check_damage(name, source, image.sealed(), tool, folder)
    whole, placed = messages_back(source, result, content(result), messages - {victim})
    assert placed == whole == messages - {victim}


@pytest.mark.parametrize("name", SOURCES)
def test_lost_range_is_told_once(name, source, tool, folder):
    """A page that its parent leads to is of a level that it cannot have, and so a page that an older one leads to."""
    image = source.image.copy()
    for page in image.nbt.pages + image.bbt.pages:
        page.set_meta(level=7)
    (folder / "in.pst").write_bytes(image.sealed())
    run = tool.json("check", folder / "in.pst")
    told = sorted((line["id"], line["expected"], line["found"]) for line in run.findings if line["problem"] == "NBT_RANGE_LOST")
    twice = [after for before, after in zip(told, told[1:]) if before[0] == after[0] and before[2] >= after[1]]
    assert not twice


@pytest.mark.parametrize("nth", range(6))
@pytest.mark.parametrize("name", ("ansi-old", "ansi", "unicode"))
def test_cut_in_trailer(name, source, nth, tool, folder):
    """What a cut has left of a trailer must not look like one when the file is longer again."""
    block = sorted(source.store.blocks.values(), key=lambda block: -block.ib)[nth]
    image = source.image.copy()
    image.truncate(block.ib + image.format.disk_size(block.cb) - 3)
    Repaired(tool, folder, image.sealed()).laws()


INDEXES = ("header_zeroed", "root_page_zeroed", "interior_zeroed", "bbt_zeroed", "nbt_leaf_zeroed",
           "all_that_can_be_derived", "bbt_gaps", "bbt_gaps_headless")


@pytest.mark.parametrize("what", [what for what in CATALOGUE if what.split("-")[0] in INDEXES])
@pytest.mark.parametrize("name", STALE)
def test_deleted_stays_deleted(name, source, what, tool, folder):
    """An earlier state lies in free space, with a message that was deleted and an old version of another."""
    result = check_damage(name, source, damaged(source, what), tool, folder)
    assert source.image.stale.deleted not in result.nodes


@pytest.mark.parametrize("what", ANYWHERE)
@pytest.mark.parametrize("name", SOURCES)
def test_damage_anywhere(name, source, what, tool, folder):
    data = damaged(source, what)
    repaired = Repaired(tool, folder, data)
    repaired.laws()
    survivors, named = map(set.union, fate(source, data), fate(source, put_back(data, repaired.run)))
    if repaired.empty:
        return check_rest(source, repaired.run, {}, named, survivors)
    result = Store(repaired.out if repaired.written else repaired.source)
    check_rest(source, repaired.run, check_kept(source, result, survivors), named, survivors, result, source.damaged_blocks(data))
    assert {error.split(":")[0] for error in errors(result)} <= HURT | LISTS, errors(result)


def check_damage(name, source, data, tool, folder):
    survivors, named = fate(source, data)
    lost = set(source.digests) - survivors
    repaired = Repaired(tool, folder, data)
    if not named and not repaired.written:
        repaired.laws()
        check_rest(source, repaired.run, {}, named, survivors)
        return None
    assert repaired.status & 1, f"exit {repaired.status}: {repaired.run.err}"
    others = None if lost else start_others(name, repaired.out, folder)
    check = repaired.laws()
    result = Store(repaired.out)
    digests = check_kept(source, result, survivors)
    check_rest(source, repaired.run, digests, named, survivors, result, source.damaged_blocks(data))
    if lost:
        assert repaired.status == (5 if check.problems or repaired.run.losses else 1)
        assert {error.split(":")[0] for error in errors(result)} <= HURT, errors(result)
        return result
    left = source.left(tool)    # what other software did, above the node database
    assert repaired.status == (5 if left else 1), texts(repaired.run.problems)
    assert {place(line) for line in check.problems} <= left
    assert not errors(result)
    assert digests.keys() - made_anew(repaired.run, result) <= source.digests.keys() <= digests.keys()
    check_others(source, *others)
    return result


def start_others(name, path, folder):
    """The other readers, at work while we read."""
    return Pffexport(path, folder / "pff"), Readpst(path, folder / "readpst") if name == "enron" else None


def check_others(source, pff, pst):
    before, after = source.export(), pff.files
    differ = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert not differ, f"libpff exports {len(differ)} of {len(before)} files otherwise: {sorted(differ)[:3]}"
    if pst:
        assert (pff.items, pst.messages) == (MESSAGES, MESSAGES)


def row_versions(s, data, sub):
    """Of a table, or of those among the subnodes."""
    try:
        for row in Table(s, data, sub).rows.values():
            yield int.from_bytes(row.get(0x67F30003, b""), "little")
    except Unreadable:
        pass
    for below, deeper in s.subnodes(sub).values() if sub else ():
        yield from row_versions(s, below, deeper)


@pytest.mark.parametrize("what", ("header_zeroed", "marks_low"))
@pytest.mark.parametrize("name", SOURCES)
def test_unique_is_exact(name, source, what, tool, folder):
    """The counter of row versions is set just above all of them, or left alone where it is above them."""
    repaired = Repaired(tool, folder, damaged(source, what))
    result = Store(repaired.out)
    highest = max(version for node in result.nodes.values() if node.data
                  for version in row_versions(result, node.data, node.sub))
    unique = result.header["dwUnique"]
    before = source.store.header["dwUnique"]
    assert unique == highest + 1 if what == "header_zeroed" or before <= highest else unique > highest


# an item with a damaged block ------------------------------------------------------------------------------

ROLES = ("data", "subnode", "data list", "subnode list")
THEN = {"alone": (), "header": ("header_zeroed",), "roots": ("root_page_zeroed-both",),
        "leaves": ("bbt_zeroed-leaves",)}


def victim(source, role, rng):
    """A block of a message that plays this role."""
    s, found = source.store, set()
    for nid in (nid for nid in s.nodes if nid & 31 == 4):
        own = blocks_below(s, s.nodes[nid].data)
        found |= {bid for bid in source.blocks[nid] if role == role_of(s, bid, own)}
    if not found:
        pytest.skip(f"no message has a block of this kind: {role}")
    return s.block(rng.choice(sorted(found)))


def role_of(s, bid, own):
    if bid & 2:
        return {1: "data list", 2: "subnode list"}[s.children(bid)[0]]
    return "data" if bid in own else "subnode"


@pytest.mark.parametrize("then", THEN)
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", SOURCES)
def test_flipped_block(name, source, role, then, tool, folder):
    rng = random.Random(f"{name} {role}")
    block = victim(source, role, rng)
    image = source.image.copy()
    image.flip(block.ib + rng.randrange(block.cb), rng.randrange(8))
    for cause in THEN[then]:
        CATALOGUE[cause](image, rng)
    data = image.sealed()
    hurt = {nid for nid, bids in source.blocks.items() if block.bid in bids}

    repaired = Repaired(tool, folder, data)
    check = repaired.laws()
    result = Store(repaired.out if repaired.written else repaired.source)
    digests = check_kept(source, result, set(source.digests) - hurt)
    assert any((line["problem"], line.get("id"), line.get("offset")) == ("BLOCK_CRC", block.bid, block.ib)
               for line in repaired.run.losses), f"block 0x{block.bid:x} is not reported: {texts(repaired.run.losses)}"
    silent = hurt - {line.get("nid") for line in repaired.run.losses if line["problem"] in ("NODE_DAMAGED", "NODE_HOLES")}
    assert not silent, f"damaged nodes without a word: {names(silent)}"
    holes = {line["nid"] for line in repaired.run.losses if line["problem"] == "NODE_HOLES"}
    silent = hurt - {line.get("nid") for line in check.findings if line["problem"] in ("NODE_DAMAGED", "MESSAGE_MARKED")}
    assert not silent, f"damaged nodes without a word in the result: {names(silent)}"
    assert {place(line) for line in check.losses} == {
        place(line) for line in repaired.run.losses if line["fix"] == "none" and line["problem"] != "NBT_RANGE_LOST"
        and (not holes or line.get("id") != block.bid)}
    untied = {line["nid"] for line in repaired.run.losses if line["problem"] == "NBT_UNTIED"}   # a message in it, from a damaged list
    assert digests.keys() - made_anew(repaired.run, result) - untied <= source.digests.keys() <= digests.keys(), \
        "every node is kept, the damaged ones too"
    size = source.image.format.disk_size(block.cb)
    assert holes or result.at(block.ib, size) == data[block.ib:block.ib + size], "the block is kept as it stands"
    assert repaired.status == (5 if holes or then != "alone" or name == "enron" else 4)
    allowed = HURT | LISTS if block.bid & 2 else HURT
    assert {error.split(":")[0] for error in errors(result)} <= allowed, errors(result)
