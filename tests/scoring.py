"""What came of a damaged file: its repair, counted by content with the independent reader.

What is survivable is computed from the bytes of the sound and of the damaged file, before pstfix sees either: a message
all of whose blocks, as the undamaged indexes name them, are as they were.  What should be left of the others is what the
independent reader can read of them with the undamaged indexes.
"""

import copy
import random
import struct
from collections import Counter
from functools import cached_property

import pytest

from image.digest import MESSAGE, digests, earlier, embedded, facts_of, properties
from image.disk import blocks_below
from image.hierarchy import ASSOCIATED, CONTENTS, FOLDER, FRAME, NAMES, ROOT, SEARCH, STORE, \
    SUBFOLDERS, triples
from image.ltp import own
from image.reader import Store, Table, Unreadable, judge, judge_layers, property_context
from image.scenarios import COUNTS, SCENARIOS, above, rows, subtree
from judges import Pffexport, Readpst
from test_repair import HURT, LISTS, Repaired, Source, place, reported

# Properties of folders that are functions of their tables.
RECOMPUTED = {**dict.fromkeys(COUNTS, "counts"), 0x3617: "PidTagAssociatedContentCount", 0x6635: "hidden items"}
# Properties that every message or attachment has: a repair makes them where they are lost.
SYNTHESISED = {0x001A: "PidTagMessageClass", 0x0E07: "PidTagMessageFlags", 0x3007: "PidTagCreationTime",
               0x300B: "PidTagSearchKey", 0x3705: "PidTagAttachMethod", 0x370B: "PidTagRenderingPosition"}
MESSAGE_CLASS, NAME, MARK = 0x001A, 0x3001001F, "pstfix-damage"
MADE = {"IPM.Note".encode(encoding) for encoding in ("ascii", "utf-16-le")}     # of what nothing says what it was
EMPTY = (0x1E1, 0x201)      # lists, and they may be empty


class Sound(Source):
    """A sound file, and what its messages say."""

    def __init__(self, image):
        super().__init__(image)
        self.said, self.tree, self.complaints = digests(self.store), in_tree(self.store), complaints(self.store)
        self.counts = None

    @cached_property
    def earlier(self):
        return earlier(self.store)

    @cached_property
    def embedded(self):
        return list(embedded(self.store))

    def damaged(self, name, seed=1):
        image = self.image.copy()
        SCENARIOS[name](image, random.Random(f"{name} {seed}"))
        return image.sealed()

    def damaged_blocks(self, data):
        """Ids of blocks that are not as they were, neither in their place nor as far from it as the file has grown."""
        f, here, there = self.image.format, self.data, len(data) - len(self.data)
        extents = {b.bid: (b.ib, f.disk_size(b.cb)) for b in self.store.blocks.values()}
        return {bid for bid, (at, size) in extents.items()
                if not any(data[max(0, at + shift):at + shift + size] == here[at:at + size] for shift in (0, there))}

    def row(self, nid):
        """{tag: value} of a message in the table of its folder."""
        table = self.store.nodes.get(self.store.nodes[nid].parent & ~31 | (CONTENTS if nid & 31 == MESSAGE else ASSOCIATED))
        try:
            return Table(self.store, table.data, table.sub).rows.get(nid, {}) if table else {}
        except (Unreadable, struct.error, IndexError):
            return {}

    def others(self, folder):
        """What the other readers find in the sound file."""
        if self.counts is None:
            self.counts = Others(self.data, folder / "sound").counts
        return self.counts


class Score:
    """The repair of a damaged file.  What is named like a share of the messages is a set of their ids."""

    def __init__(self, sound, data, tool, folder, command="repair"):
        self.sound, self.data, self.folder = sound, data, folder
        self.broken = sound.damaged_blocks(data)
        self.survivable = {nid for nid in sound.said if not sound.blocks[nid] & self.broken}
        self.partial_at_best = digests(ghost(sound.store, data), but=self.survivable)
        self.repaired = Repaired(tool, folder, data, command=command)
        self.run = self.repaired.run
        self.result = opened(self.repaired.out.read_bytes() if self.repaired.written else data)
        self.found, self.marks = digests(self.result), marks_of(self.result)

    # messages --------------------------------------------------------------------------------------------

    @cached_property
    def now(self):
        """{id of a message that says what it said: its id in the result}, which is a new one where the repair says so."""
        said = self.sound.said
        out = {nid: nid for nid in said if nid in self.found and self.found[nid].hash == said[nid].hash}
        renamed = {self.found[nid].hash: nid for nid in sorted(self.untied & self.found.keys(), reverse=True)}
        for nid in sorted(said.keys() - out):
            if said[nid].hash in renamed:
                out[nid] = renamed.pop(said[nid].hash)
        return out

    @cached_property
    def parts(self):
        """{id of a message that is not there as it was: new id of what is left of it}."""
        said, out = self.sound.said, {}
        for nid in sorted(self.untied & self.found.keys() - set(self.now.values())):
            whole = next((whole for whole in sorted(said.keys() - self.now.keys() - out.keys())
                          if self.is_left_of(nid, said[whole])), None)
            out.update({} if whole is None else {whole: nid})
        return out

    @cached_property
    def left_alone(self):
        """Messages that were in an attachment of one of which nothing says any more that it has them."""
        return {nid for nid in self.untied & self.found.keys() if any(self.is_left_of(nid, said) for said in self.sound.embedded)}

    @cached_property
    def untied(self):
        return {line["nid"] for line in self.run.losses if line["problem"] == "NBT_UNTIED"}

    @cached_property
    def as_before(self):
        return set(self.now)

    @cached_property
    def whole(self):
        return self.survivable & self.as_before

    @cached_property
    def placed(self):
        """Of the whole ones those in the folder where they were, and in its table."""
        before, after = self.sound.store.nodes, self.result.nodes
        tables = self.tables
        listed = {table: rows(self.result, table) for table in set(tables.values())}
        return {nid for nid, table in tables.items()
                if after[self.now[nid]].parent == before[nid].parent and self.now[nid] in listed[table]}

    @cached_property
    def in_tables(self):
        """Of the whole ones those that an undamaged table of their folder has."""
        blocks = self.sound.blocks
        return {nid for nid, table in self.tables.items() if table in blocks and not blocks[table] & self.broken}

    @property
    def tables(self):
        """{whole message: the table that it was in}."""
        nodes = self.sound.store.nodes
        return {nid: nodes[nid].parent & ~31 | (CONTENTS if nid & 31 == MESSAGE else ASSOCIATED) for nid in self.whole}

    @cached_property
    def shown(self):
        """Of the whole ones those that tables of folders lead to, from the top of what the user sees; or did not."""
        tree = in_tree(self.result)
        return {nid for nid in self.whole if self.now[nid] in tree or nid not in self.sound.tree}

    @cached_property
    def partial(self):
        """Damaged ones of which all is there that can be read; as they were, when that is all they said, or marked."""
        said, now = self.sound.said, {**{nid: nid for nid in self.found}, **self.parts}
        return {nid for nid, left in self.partial_at_best.items() if nid in now
                and not facts_of(left) - self.found[now[nid]].facts
                and (nid in self.as_before or facts_of(left) != said[nid].facts
                     or self.is_marked(now[nid]))}

    @cached_property
    def kept(self):
        """Messages that are not there as they were, and say something of what they said: more than what a repair makes
        where nothing is left."""
        said, now = self.sound.said, {**{nid: nid for nid in self.found}, **self.parts}
        return {nid for nid in said.keys() - self.as_before if nid in now
                and any(tag >> 16 not in SYNTHESISED or any(value) and value not in MADE
                        for _, tag, value in facts_of(self.found[now[nid]]) & facts_of(said[nid]))}

    @property
    def tally(self):
        """What the repair says of all messages; when it has done nothing, nothing."""
        return next((line["tally"] for line in self.run.lines if "path" not in line.get("tally", ("path",))), None)

    @cached_property
    def silent(self):
        """Messages that are not as they were, without a line that says so."""
        return {nid for nid in self.sound.said.keys() - self.as_before if not reported(nid, self.run.losses)}

    @cached_property
    def new(self):
        """Messages that were not in the file, and those with something in them that neither they said nor the damaged
        file says of them; but for zeros in a value that is damaged, what a message must have, what its row says of it, and
        the mark that says so."""
        said = self.sound.said
        kept = {*self.now.values(), *self.parts.values(), *self.left_alone}
        new = {nid: found for nid, found in self.found.items() if nid not in kept
               and (facts_of(found) - (facts_of(said[nid]) if nid in said else Counter()) or nid not in said)}
        says = digests(opened(self.data)) if new else {}
        more = {nid: facts_of(says[nid]) for nid in new if nid in says}
        return {nid for nid in new if nid not in said or not self.is_left_of(nid, said[nid], more.get(nid, Counter()))}

    def is_left_of(self, nid, said, more=Counter()):
        """Whether there is nothing in a message that is not what it said, `more`, or comes with being damaged."""
        return all(fact[1] in self.marks or self.has_holes(nid, fact, said) or self.is_made(nid, fact)
                   for fact in facts_of(self.found[nid]) - facts_of(said) - more)

    @cached_property
    def old(self):
        """Of these, what was in the file: an earlier version, or a message that was deleted, or what is left of it."""
        f, s, old = self.sound.image.format, self.result, set()
        for nid in self.new:
            extents = [(s.block(bid).ib, f.disk_size(s.block(bid).cb)) for bid in blocks_below(s, *s.nodes[nid][1:3])]
            if all(self.data[at:at + size] == s.at(at, size) for at, size in extents) or \
                    any(self.is_left_of(nid, said) for said in self.sound.earlier.get(nid, ())):
                old.add(nid)
        return old

    @cached_property
    def invented(self):
        return self.new - self.old

    @cached_property
    def old_unsaid(self):
        stale = {line["nid"] for line in self.run.losses if line["problem"] in ("NBT_STALE", "NBT_DOUBTFUL")} | self.untied
        return self.old - stale

    def is_marked(self, nid):
        return any(tag in self.marks for _, tag, _ in self.found[nid].facts)

    def has_holes(self, nid, fact, said):
        place, tag, value = fact
        return self.is_marked(nid) and any(
            (place, tag) == (before[0], before[1]) and len(before[2]) == len(value)
            and all(new in (old, 0) for old, new in zip(before[2], value)) for before in facts_of(said))

    def is_made(self, nid, fact):
        place, tag, value = fact
        return self.is_marked(nid) and (tag >> 16 in SYNTHESISED or (not place and nid in self.sound.said
                                                                     and (tag, value) in self.sound.row(nid).items()))

    @cached_property
    def twice(self):
        """Messages that say what another one says, and did not; but those that have lost all but a mark."""
        before, after = (Counter(said.hash for said in all_.values()) for all_ in (self.sound.said, self.found))
        return {nid for nid, found in self.found.items() if after[found.hash] > max(1, before[found.hash])
                and any(tag not in self.marks for _, tag, _ in found.facts)}

    # all the rest ----------------------------------------------------------------------------------------

    @cached_property
    def structure(self):
        """{nid: is it as it was?} of store, names and folders whose blocks are all as they were."""
        s, blocks = self.sound.store, self.sound.blocks
        return {nid: keeps(nid, values(s, nid), values(self.result, nid)) for nid in s.nodes
                if (nid & 31 in (FOLDER, SEARCH) or nid in (STORE, NAMES)) and not blocks[nid] & self.broken}

    @cached_property
    def unbuilt(self):
        """Of what makes a store, and of its folders and their tables: what is not there, or cannot be read, or is a
        folder with another name than its own properties or the table above it say."""
        s = self.sound.store
        frame = {nid for nid in s.nodes if nid in FRAME or nid & 31 in (FOLDER, SUBFOLDERS, CONTENTS, ASSOCIATED)}
        return {nid for nid in frame if not can_be_read(self.result, nid)
                or nid & 31 == FOLDER and nid != ROOT and self.name_is_known(nid)
                and values(s, nid).get(own(s.format, NAME)) != values(self.result, nid).get(own(s.format, NAME))}

    def name_is_known(self, folder):
        return any(not self.sound.blocks[nid] & self.broken for nid in (folder, above(self.sound.store, folder)))

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
        before = {after: nid for nid, after in {**self.now, **self.parts}.items()}
        new = {(each[0], *(before.get(what, what) for what in each[1:2]), *each[2:]) for each in complaints(self.result)}
        return {each for each in new - self.sound.complaints if each[0] not in known}

    @cached_property
    def others(self):
        """What the other readers find in the result."""
        return Others(self.repaired.out.read_bytes() if self.repaired.written else self.data, self.folder / "result").counts

    @property
    def others_at_least(self):
        """What they find in the sound file, but for messages that are not survivable and those in them.  libpst makes
        nothing of items of some classes without the names of their properties."""
        lost = sum(1 + sum(count for (place, tag, _), count in said.facts.items()
                           if place.endswith("message ") and tag >> 16 == MESSAGE_CLASS)
                   for nid, said in self.sound.said.items() if nid & 31 == MESSAGE and nid not in self.survivable)
        pff, pst = self.sound.others(self.folder)
        return max(0, pff - lost), max(0, pst - lost) if NAMES in self.structure else 0

    @cached_property
    def others_before(self):
        return Others(self.data, self.folder / "damaged").counts


class Nothing:
    """In place of a store that cannot be opened."""

    nodes, blocks = {}, {}


def opened(data):
    try:
        return Store(data)
    except Unreadable:
        return Nothing()


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
    """A store whose indexes are undamaged and whose blocks are not; of those that were changed, the size is the new one."""
    out = copy.copy(store)
    changed = {bid: block for bid, block in opened(data).blocks.items()
               if bid in store.blocks and block.ib == store.blocks[bid].ib}
    out._source, out.size, out._proofs, out.blocks = data, len(data), {}, {**store.blocks, **changed}
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


def marks_of(store):
    """Tags of the property that says that a message is damaged."""
    names, mark = values(store, NAMES), MARK.encode("utf-16-le")
    at = (names.get(0x00040102) or b"").find(mark) - 4
    return {0x8000 + index << 16 | kind for first, word, index in triples(names.get(0x00030102) or b"")
            if word & 1 and first == at for kind in (0x1E, 0x1F, 0x102)}


def can_be_read(store, nid):
    node = store.nodes.get(nid)
    if not node or not node.data:
        return bool(node) and nid in EMPTY
    try:
        if nid & 31 == FOLDER or nid in (STORE, NAMES):
            return None not in property_context(store, node.data, node.sub)[0].values()
        return nid in EMPTY or bool(Table(store, node.data, node.sub).columns)
    except (Unreadable, struct.error, IndexError):
        return False


def keeps(nid, before, after):
    """To the names more may have been added."""
    if nid == NAMES:
        return all((after.get(tag) or b"").startswith(before.get(tag, b"")) for tag in (0x20102, 0x30102, 0x40102))
    return {tag: value for tag, value in before.items() if tag >> 16 not in RECOMPUTED}.items() <= after.items()


def complaints(store):
    """(code, nid, subnode, property) or (code, text).  Which of two rows of one version is the wrong one depends on what
    comes first."""
    if not store.nodes:
        return set()
    above = {("TC_ROW_VERSION",) if each.code == "TC_ROW_VERSION" else (each.code, each.nid, each.sub, each.tag)
             for each in judge_layers(store) if each.severity == "error"}
    return above | {(code, text) for severity, code, text in judge(store) if severity == "error"}
