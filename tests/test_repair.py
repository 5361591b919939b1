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
from image.damage import Image
from image.disk import blocks_below
from image.reader import Store, Table, Unreadable, content, judge
from judges import Pffexport, Readpst, Run, Tool

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


@pytest.fixture
def tool(pstfix):
    return Tool(pstfix)


MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@pytest.fixture
def folder():
    """Like tmp_path, but in memory and gone after the test: these files are large and many."""
    path = Path(tempfile.mkdtemp(prefix="pstfix-", dir=MEMORY))
    yield path
    Run.end_all()
    shutil.rmtree(path)


# damage --------------------------------------------------------------------------------------------------

CATALOGUE = {}      # to what can be derived, and to known nodes
ANYWHERE = {}       # to whatever it hits


def damage(*arguments, table=CATALOGUE):
    """Put a function (image, rng) into the catalogue; with arguments, (image, rng, argument) once for each."""

    def add(function):
        name = function.__name__
        for argument in arguments:
            table[f"{name}-{argument}"] = lambda image, rng, argument=argument: function(image, rng, argument)
        if not arguments:
            table[name] = function
        return function

    return add


@damage()
def header_zeroed(image, rng):
    image.header.zero()


@damage("dwCRCPartial", "dwCRCFull")
def header_crc_wrong(image, rng, field):
    if field not in image.format.header:
        pytest.skip("there is only one CRC in the header of an ANSI file")
    image.header.flip(image.format.header[field][0], 3)


@damage("bidNextP", "ibFileEof", "nbt.ib", "bCryptMethod")
def header_bit_flipped(image, rng, field):
    image.header.flip(image.format.header[field][0], 1)


@damage()
def root_garbage(image, rng):
    for name in ("ibFileEof", "ibAMapLast", "cbAMapFree", "cbPMapFree", "nbt.bid", "nbt.ib", "bbt.bid", "bbt.ib",
                 "fAMapValid"):
        image.header[name] = rng.randbytes(image.format.header[name][1])


@damage()
def root_zero(image, rng):
    image.header.set(**{name: 0 for name in ("ibFileEof", "ibAMapLast", "nbt.bid", "nbt.ib", "bbt.bid", "bbt.ib")})


@damage()
def roots_exchanged(image, rng):
    h = image.header
    h.set(**{"nbt.bid": h["bbt.bid"], "nbt.ib": h["bbt.ib"], "bbt.bid": h["nbt.bid"], "bbt.ib": h["nbt.ib"]})


@damage(0, 99, 0xFFFF)
def version_unknown(image, rng, version):
    image.header.wVer = version


@damage()
def version_37_unproven(image, rng):
    """The number is one that Unicode files may have, but a header whose checksum is wrong proves nothing."""
    image.write(image.format.header["wVer"][0], (37).to_bytes(2, "little"))


@damage()
def first_16k_zeroed(image, rng):
    image.zero(0, 16384)


@damage("nbt", "bbt", "both")
def root_page_zeroed(image, rng, which):
    for tree in trees(image, which):
        tree.root.zero()


def trees(image, which):
    return [image.nbt, image.bbt] if which == "both" else [getattr(image, which)]


@damage("nbt", "bbt", "both")
def interior_zeroed(image, rng, which):
    for page in interior(image, which):
        page.zero()


def interior(image, which):
    pages = [page for tree in trees(image, which) for page in tree.interior]
    if not pages:
        pytest.skip("the tree has one page")
    return pages


@damage("leaves", "pages")
def bbt_zeroed(image, rng, which):
    for page in getattr(image.bbt, which):
        page.zero()


@damage(0, 1, 2, 3)
def nbt_leaf_zeroed(image, rng, quarter):
    leaf_at(image, quarter).zero()


def leaf_at(image, quarter):
    return image.nbt.leaves[(len(image.nbt.leaves) - 1) * quarter // 3]


@damage("one", "half")
def nbt_children_missing(image, rng, how_many):
    """Nothing leads to leaves that are as they were."""
    for page in interior(image, "nbt"):
        gone = range(1, len(page), 2 if how_many == "half" else len(page))
        page.set_entries([raw for i, raw in enumerate(page.entries) if i not in gone])


@damage()
def nbt_leaf_torn(image, rng):
    leaf = leaf_at(image, 2)
    leaf.write_raw(image.format.page // 2, rng.randbytes(image.format.page // 2))


@damage("middle", "first", "all")
def bbt_entries_missing(image, rng, which):
    for leaf in image.bbt.leaves:
        gone = {"middle": [len(leaf) // 2], "first": [0], "all": range(len(leaf))}[which]
        leaf.set_entries([raw for i, raw in enumerate(leaf.entries) if i not in gone])


@damage("nbt", "bbt", "both")
def leaves_out_of_order(image, rng, which):
    for tree in trees(image, which):
        for leaf in tree.leaves:
            if len(leaf) > 1:
                i = rng.randrange(len(leaf) - 1)
                leaf.swap(i, i + 1)


@damage("nbt", "bbt")
def interior_out_of_order(image, rng, which):
    for page in interior(image, which):
        page.swap(0, len(page) - 1)


@damage("nbt-low", "nbt-high", "bbt-low", "bbt-high")
def parent_key_wrong(image, rng, which):
    name, way = which.split("-")
    for page in interior(image, name):
        for i in range(len(page)):
            page.set(i, key=max(0, page.get(i)["key"] + (-1 if way == "low" else 1)))


@damage(0, 1, 0xFFFFFFFF)
def parent_key_wrong_headless(image, rng, key):
    """Nothing but the parent's links leads to the leaves."""
    page = rng.choice(interior(image, "nbt"))
    page.set(rng.randrange(len(page)), key=key)
    image.header.zero()


@damage("header", "headless")
def leaf_flipped_and_parents_zeroed(image, rng, which):
    leaf_at(image, 1).flip(rng.randrange(image.format.meta), rng.randrange(8))
    for page in interior(image, "nbt"):
        page.zero()
    if which == "headless":
        image.header.zero()


@damage()
def refcounts_wrong(image, rng):
    for leaf in image.bbt.leaves:
        for i in range(0, len(leaf), 3):
            leaf.set(i, cref=rng.choice((0, 1, 7, 0xFFFF)))


@damage()
def marks_low(image, rng):
    image.header.set(bidNextB=4, bidNextP=1, rgnid=[0x400] * 32)


@damage()
def maps_zeroed(image, rng):
    for page in maps(image):
        page.zero()
    image.dlist.zero()


def maps(image):
    return ([image.amap(k) for k in range(image.sections)]
            + [image.pmap(k) for k in range(-(-image.sections // 8)) if image.format.page_maps])


@damage("sealed", "unsealed")
def map_bits_flipped(image, rng, how):
    f = image.format
    for page in maps(image):
        for _ in range(20):
            page.flip(f.map_at + rng.randrange(f.map_bytes), rng.randrange(8))
        page.flip(f.map_at)                 # the first bit is the map's own
        if how == "sealed":
            page.seal()


@damage(2, 10, 30, 60)
def bbt_gaps(image, rng, percent):
    """A block index that lacks entries says nothing of nodes that no map speaks for, and no page above their leaves.
    Those of lists that nothing refers to stay: an OST has some, and what they list would be a loss."""
    needed = set().union(*(blocks_below(image.store, node.data, node.sub) for node in image.store.nodes.values()))
    maps_zeroed(image, rng)
    image.nbt.root.zero()
    for leaf in image.bbt.leaves:
        leaf.set_entries([raw for i, raw in enumerate(leaf.entries)
                          if leaf.get(i)["key"] & ~1 not in needed or rng.randrange(100) >= percent])


@damage(10, 30)
def bbt_gaps_headless(image, rng, percent):
    bbt_gaps(image, rng, percent)
    image.header.zero()


@damage()
def dlist_garbage(image, rng):
    image.dlist.write_raw(0, rng.randbytes(image.format.page))


@damage()
def tail_cut_by_100(image, rng):
    image.truncate(image.store.size - 100)


@damage()
def tail_longer_by_1000(image, rng):
    image.append(bytes(1000))


@damage()
def garbage_appended(image, rng):
    image.append(rng.randbytes(1 << 18))


@damage()
def all_that_can_be_derived(image, rng):
    for cause in (header_zeroed, maps_zeroed):
        cause(image, rng)
    interior_zeroed(image, rng, "both")
    bbt_zeroed(image, rng, "pages")


@damage(90, 50)
def cut_at_percent(image, rng, percent):
    image.truncate(image.store.size * percent // 100)


@damage(95, 75, 40)
def cut_at_percent_of_data(image, rng, percent):
    f, s = image.format, image.store
    end = max(b.ib + f.disk_size(b.cb) for b in s.blocks.values())
    image.truncate(end * percent // 100)


@damage(1, 2, 3, table=ANYWHERE)
def sectors_zeroed(image, rng, seed):
    for _ in range(6):
        at = rng.randrange(image.store.size // 512) * 512
        image.zero(at, at + 512 * rng.randrange(1, 9))


@damage(1, 2, 3, table=ANYWHERE)
def bits_flipped(image, rng, seed):
    for _ in range(12):
        image.flip(rng.randrange(image.store.size), rng.randrange(8))


@damage(table=ANYWHERE)
def sectors_exchanged(image, rng):
    for _ in range(4):
        a, b = (rng.randrange(image.store.size // 4096) * 4096 for _ in range(2))
        one, other = image.data[a:a + 4096], image.data[b:b + 4096]
        image.write(a, other)
        image.write(b, one)


def damaged(source, what, seed=1):
    image = source.image.copy()
    {**CATALOGUE, **ANYWHERE}[what](image, random.Random(f"{what} {seed}"))
    return image.sealed()


def fate(source, data):
    """Nodes that survive, and nodes that an intact leaf names."""
    named, broken = source.still_named(data), source.damaged_blocks(data)
    return {nid for nid in named if not source.blocks[nid] & broken}, named


# laws ----------------------------------------------------------------------------------------------------


class Repaired:
    """A repair of some bytes, and what came of it.  Ran twice, on two threads and on one."""

    def __init__(self, tool, folder, data, name="in.pst"):
        self.tool, self.folder, self.data = tool, folder, data
        self.source, self.out, self.again = folder / name, folder / "out.pst", folder / "again.pst"
        self.source.write_bytes(data)
        first = tool.json("repair", self.source, "-o", self.out, "--threads", 2)
        second = tool.json("repair", self.source, "-o", self.again, "--threads", 1)
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
    return line["problem"], line.get("nid"), line.get("id"), line.get("offset")


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
    moved = {nid for nid in ties if result.nodes[nid].parent != before[nid].parent}
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
    of_store = {line["nid"] for line in run.findings if line["problem"] == "STORE_NODE"}
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
    known = named | ties | {line["nid"] for line in run.losses if line["problem"] in ("NBT_STALE", "NBT_DOUBTFUL")}
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
    survivors, named = fate(source, data)
    repaired = Repaired(tool, folder, data)
    repaired.laws()
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
    for run in (repaired.run, check):
        assert any((line["problem"], line.get("id"), line.get("offset")) == ("BLOCK_CRC", block.bid, block.ib)
                   for line in run.losses), f"block 0x{block.bid:x} is not reported: {texts(run.losses)}"
        silent = hurt - {line.get("nid") for line in run.losses if line["problem"] == "NODE_DAMAGED"}
        assert not silent, f"damaged nodes without a word: {names(silent)}"
    assert {place(line) for line in check.losses} == {place(line) for line in repaired.run.losses}
    assert digests.keys() - made_anew(repaired.run, result) <= source.digests.keys() <= digests.keys(), \
        "every node is kept, the damaged ones too"
    size = source.image.format.disk_size(block.cb)
    assert result.at(block.ib, size) == data[block.ib:block.ib + size], "the block is kept as it stands"
    assert repaired.status == (5 if then != "alone" or name == "enron" else 4)
    allowed = HURT | LISTS if block.bid & 2 else HURT
    assert {error.split(":")[0] for error in errors(result)} <= allowed, errors(result)


# what a repair above the node database must be able to write -------------------------------------------------

NOWHERE = 0x9F02
WRITABLE = {}


def writable(*names_):
    """Put a function (image) that damages these files into the table."""
    def add(function):
        WRITABLE.update({f"{function.__name__}-{name}": (name, function) for name in names_})
        return function

    return add


@writable("unicode-top", "ansi")
def top_in_folder_that_is_not_there(image):
    """The folder for what was recovered is below the topmost one, unless that is what was recovered."""
    image.nbt.set(0x8022, parent=NOWHERE)


@writable("unicode-top", "ansi")
def top_in_folder_that_its_subfolder_names(image):
    """What was above the topmost folder is named by a row of the topmost folder alone."""
    last = max(Table(image.store, *image.node(0x802D)[1:3]).rows).to_bytes(4, "little")
    block = image.node_block(0x802D)
    block.write(block.data.replace(last, NOWHERE.to_bytes(4, "little")))
    image.nbt.set(0x8022, parent=NOWHERE)


@writable("ansi-old", "unicode-top", "made-4k")
def counters_at_their_ends(image):
    """There are no more numbers for nodes, values and versions of rows."""
    image.nbt.set(first_message(image), parent=NOWHERE)
    image.header.set(rgnid=[0x7FFFFFF] * 32, dwUnique=0xFFFFFFFE)


@writable("ansi-old", "made-unicode")
def counters_beyond_their_ends(image):
    image.nbt.set(first_message(image), parent=NOWHERE)
    image.header.set(rgnid=[0xFFFFFFFF] * 32, dwUnique=0xFFFFFFFF)


def first_message(image):
    return min(nid for nid in image.store.nodes if nid & 31 == 4)


@writable("made-unicode", "made-ansi")
def table_that_is_its_own_parent(image):
    image.nbt.set(0x806D, parent=0x806D)
    image.nbt.set(first_message(image), parent=NOWHERE)


@writable("made-ansi", "made-unicode")
def message_before_root(image):
    leaf, i = image.nbt.find(0x62B)
    leaf.set(i, key=4)


@writable("unicode-top")
def node_named_twice(image):
    leaf, i = image.nbt.find(0x8022)
    leaf.set(i, key=0x8042)


@writable("unicode")
def table_in_folder_unreadable(image):
    """What is in a subnode of a folder that is written anew stays as it stands."""
    block = image.node_block(0x8162, 0x6B6)
    block.write(bytes(len(block.data)))
    image.nbt.set(first_message(image), parent=NOWHERE)


@writable("unicode-top", "made-unicode")
def name_without_a_type(image):
    """A property that has no type is not written, so the folder lacks it."""
    block = image.node_block(0x8022)
    data = bytearray(block.data)
    data[data.index(b"\x01\x30\x1f\x00") + 2] = 0
    data[data.index(b"\x02\x36\x03\x00") + 4] ^= 1
    block.write(bytes(data))


@writable("unicode-top", "made-unicode")
def folder_without_row_has_other_type(image):
    """A row that is made has no cell for a property that has another type than the column."""
    folder = min(nid for nid, node in image.store.nodes.items() if nid & 31 == 2 and node.parent not in (nid, 0x122))
    block = image.node_block(folder)
    block.write(block.data.replace(b"\x01\x30\x1f\x00", b"\x01\x30\x03\x00"))
    image.nbt.set(folder, parent=NOWHERE)


@writable("made-unicode", "made-ansi")
def sets_of_names_lost(image):
    """The stream that has the sets of names is there under another id, out of order."""
    block = image.node_block(0x61)
    block.write(block.data.replace(b"\x02\x00\x02\x01", b"\x02\x01\x02\x01", 1))


@writable("made-unicode")
def cell_is_not_many(image):
    """The column of a class says that it has many, so no cell of it is what it should be."""
    block = image.node_block(0x8022 & ~31 | 0x0D)
    block.write(block.data.replace(b"\x1f\x00\x13\x36", b"\x1f\x10\x13\x36"))


@writable("made-4k")
def list_damaged_and_message_not_named(image):
    """Once the table with the damaged list is made anew, nothing is left that may have needed what the message had."""
    image.block(image.node(0x80AE).sub).zero()
    image.nbt.remove(first_message(image))


@writable("made-unicode", "made-ansi")
def message_of_which_not_all_is_known(image):
    """The tree of its properties is lost, so it stays as it is, and so does the wrong count in its table of recipients."""
    nid = next(nid for nid in sorted(image.store.nodes) if nid & 31 == 4 and 0x692 in image.store.subnodes(image.node(nid).sub))
    block, table = image.node_block(nid), image.node_block(nid, 0x692)
    data = bytearray(block.data)
    at = data.index(b"\xb5\x02\x06") + 4
    data[at:at + 4] = b"\xe0\x07\0\0"
    block.write(bytes(data))
    data = bytearray(table.data)
    at = int.from_bytes(data[:2], "little") + 2
    data[at] = 1
    table.write(bytes(data))
    image.nbt.set(max(nid for nid in image.store.nodes if nid & 31 == 4), parent=NOWHERE)


@pytest.mark.parametrize("what", WRITABLE)
def test_writable(what, tool, folder, corpus):
    name, hurt = WRITABLE[what]
    files = {**REAL, "unicode-top": "pstsdk-test_unicode.pst"}
    image = (make(name) if name in MADE else load(corpus / files[name])).image.copy()
    hurt(image)
    repaired = Repaired(tool, folder, image.sealed())
    assert repaired.written, repaired.run.err
    repaired.laws()
