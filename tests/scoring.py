"""What came of a damaged file: its repair, counted by content with the independent reader.

What is survivable is computed from the bytes of the sound and of the damaged file, before pstfix sees either: a message
all of whose blocks, as the undamaged indexes name them, are as they were.  What should be left of the others is what the
independent reader can read of them with the undamaged indexes.
"""

import copy
import random
from functools import cached_property

import pytest

from image.digest import MESSAGE, digests, facts_of, properties
from image.disk import blocks_below
from image.hierarchy import ASSOCIATED, CONTENTS, FOLDER, NAMES, SEARCH, STORE, SUBFOLDERS
from image.reader import Store, Unreadable, judge, judge_layers
from image.scenarios import COUNTS, SCENARIOS, rows, subtree
from judges import Pffexport, Readpst
from test_repair import HURT, LISTS, Repaired, Source, place, reported

# Properties of folders that are functions of their tables.
RECOMPUTED = {**dict.fromkeys(COUNTS, "counts"), 0x3617: "PidTagAssociatedContentCount", 0x6635: "hidden items"}


class Sound(Source):
    """A sound file, and what its messages say."""

    def __init__(self, image):
        super().__init__(image)
        self.said, self.tree, self.complaints = digests(self.store), in_tree(self.store), complaints(self.store)
        self.counts = None

    def damaged(self, name, seed=1):
        image = self.image.copy()
        SCENARIOS[name](image, random.Random(f"{name} {seed}"))
        return image.sealed()

    def others(self, folder):
        """What the other readers find in the sound file."""
        if self.counts is None:
            self.counts = Others(self.data, folder / "sound").counts
        return self.counts


class Score:
    """The repair of a damaged file.  What is named like a share of the messages is a set of their ids."""

    def __init__(self, sound, data, tool, folder):
        self.sound, self.data, self.folder = sound, data, folder
        self.broken = sound.damaged_blocks(data)
        self.survivable = {nid for nid in sound.said if not sound.blocks[nid] & self.broken}
        readable = digests(ghost(sound.store, data))
        self.partial_at_best = {nid: readable[nid] for nid in sound.said.keys() - self.survivable
                                if not blocks_below(sound.store, sound.store.nodes[nid].data) & self.broken}
        self.repaired = Repaired(tool, folder, data)
        self.run = self.repaired.run
        self.result = self.open()
        self.found = digests(self.result)

    def open(self):
        try:
            return Store(self.repaired.out.read_bytes() if self.repaired.written else self.data)
        except Unreadable:
            return Nothing()

    # messages --------------------------------------------------------------------------------------------

    @cached_property
    def as_before(self):
        return {nid for nid, said in self.sound.said.items()
                if nid in self.found and self.found[nid].hash == said.hash}

    @cached_property
    def whole(self):
        return self.survivable & self.as_before

    @cached_property
    def placed(self):
        """Of the whole ones those in the folder where they were, and in its table."""
        return {nid for nid in self.whole if self.is_in(nid, self.sound.store.nodes[nid].parent)}

    def is_in(self, nid, folder):
        table = folder & ~31 | (CONTENTS if nid & 31 == MESSAGE else ASSOCIATED)
        return self.result.nodes[nid].parent == folder and nid in rows(self.result, table)

    @cached_property
    def shown(self):
        """Of the whole ones those that tables of folders lead to, from the top of what the user sees; or did not."""
        tree = in_tree(self.result)
        return {nid for nid in self.whole if nid in tree or nid not in self.sound.tree}

    @cached_property
    def partial(self):
        """Damaged ones of which all is there that can be read."""
        return {nid for nid, said in self.partial_at_best.items() if nid in self.found
                and not facts_of(said) - self.found[nid].facts}

    @cached_property
    def silent(self):
        """Messages that are not as they were, without a line that says so."""
        return {nid for nid in self.sound.said.keys() - self.as_before if not reported(nid, self.run.losses)}

    @cached_property
    def invented(self):
        """Messages that were not in the file, and those with something in them that was not."""
        said = self.sound.said
        return {nid for nid, found in self.found.items() if nid not in said or facts_of(found) - said[nid].facts}

    # all the rest ----------------------------------------------------------------------------------------

    @cached_property
    def structure(self):
        """{nid: is it as it was?} of store, names and folders whose blocks are all as they were."""
        s, blocks = self.sound.store, self.sound.blocks
        return {nid: keeps(nid, values(s, nid), values(self.result, nid)) for nid in s.nodes
                if (nid & 31 in (FOLDER, SEARCH) or nid in (STORE, NAMES)) and not blocks[nid] & self.broken}

    @cached_property
    def unsaid(self):
        """Problems of the result that the repair did not report."""
        check = self.repaired.tool.json("check", self.repaired.out) if self.repaired.written else self.run
        return {place(line) for line in check.problems} - {place(line) for line in self.run.problems}

    @cached_property
    def complaints(self):
        """Of the independent judge, but those about the sound file, and about blocks that are damaged: what damaged lists
        refer to cannot be counted."""
        known = HURT | LISTS if any(bid & 2 for bid in self.broken) else HURT
        return {each for each in complaints(self.result) - self.sound.complaints if each[0] not in known}

    @cached_property
    def others(self):
        """What the other readers find: in the damaged file, in the result."""
        return Others(self.data, self.folder / "before").counts, \
            Others(self.repaired.out.read_bytes() if self.repaired.written else self.data, self.folder / "after").counts


class Nothing:
    """In place of a store that cannot be opened."""

    nodes, blocks = {}, {}


class Others:
    """Other readers at work: how many items libpff finds, and how many messages libpst."""

    def __init__(self, data, folder):
        folder.mkdir()
        path = folder / "file"
        path.write_bytes(data)
        self.runs = (Pffexport(path, folder / "pff"), "items"), (Readpst(path, folder / "readpst"), "messages")

    @property
    def counts(self):
        return tuple(self.count(run, what) for run, what in self.runs)

    @staticmethod
    def count(run, what):
        try:
            return getattr(run, what)
        except pytest.fail.Exception:       # it did not come to an end
            return 0


def ghost(store, data):
    """A store whose indexes are undamaged and whose blocks are not."""
    out = copy.copy(store)
    out._source, out.size, out._proofs = data, len(data), {}
    return out


def in_tree(store):
    """Messages in the tables of the folders that tables of subfolders lead to."""
    folders, queue, out = set(), [subtree(store)], set()
    while queue:
        folder = queue.pop()
        if folder in folders or folder not in store.nodes:
            continue
        folders.add(folder)
        queue += [nid for nid in rows(store, folder & ~31 | SUBFOLDERS) if nid & 31 == FOLDER]
        out |= {nid for kind in (CONTENTS, ASSOCIATED) for nid in rows(store, folder & ~31 | kind)}
    return out & store.nodes.keys()


def values(store, nid):
    node = store.nodes.get(nid)
    return (properties(store, node.data, node.sub)[0] if node else None) or {}


def keeps(nid, before, after):
    """To the names more may have been added."""
    if nid == NAMES:
        return all(after.get(tag, b"").startswith(before.get(tag, b"")) for tag in (0x20102, 0x30102, 0x40102))
    return {tag: value for tag, value in before.items() if tag >> 16 not in RECOMPUTED}.items() <= after.items()


def complaints(store):
    """(code, nid, subnode, property) or (code, text).  Which of two rows of one version is the wrong one depends on what
    comes first."""
    if not store.nodes:
        return set()
    above = {("TC_ROW_VERSION",) if each.code == "TC_ROW_VERSION" else (each.code, each.nid, each.sub, each.tag)
             for each in judge_layers(store) if each.severity == "error"}
    return above | {(code, text) for severity, code, text in judge(store) if severity == "error"}
