"""What nodes say of each other: folders, their tables and messages, the store, names, searches, maps (sections 5.2 to
5.12 of the format description)."""

import struct

from .contexts import BOOL
from .disk import Unreadable
from .format import weak_crc
from .tables import u32

ROOT, ACTIVE_SEARCHES, SEARCH_DOMAIN, RECEIVE_FOLDERS, OUTGOING = 0x122, 0x201, 0x261, 0x62B, 0x64C
ALL_MESSAGES = 0x723            # a search of another kind
MARK = "pstfix-damage".encode("utf-16-le")
STORE, NAMES, REPLICA_IDS, MESSAGE_INDEX, FOLDER_IDS = 0x21, 0x61, 0xC01, 0xE01, 0x821
FOLDER, SEARCH, MESSAGE, HIDDEN = 2, 3, 4, 8
FRAME = (0x21, 0x61, 0x122, 0x12D, 0x12E, 0x12F, 0x1E1, 0x201, 0x60D, 0x60E, 0x60F, 0x610, 0x62B, 0x671, 0x692)
USUAL = (0x261, 0x64C, 0x6B6, 0x6D7, 0x6F8, 0xC01)
TEMPLATES = range(0x600, 0x640)
# other nodes that real files or [MS-PST] have
OTHERS = {*FRAME, *USUAL, 0xA1, 0xC1, 0x241, 0x281, 0x2A1, 0x2E1, 0x301, 0x321, 0x501, 0x614, 0x615, 0x619, 0x801, 0x821, 0x841, 0x861,
          0xE01, 0xE41, 0xE61, 0xE81, 0xEA1, 0xEC1, 0xEE1, 0xF01, 0xF21}
QUEUE, CRITERIA, SUBFOLDERS, CONTENTS, ASSOCIATED, RESULTS = 0x06, 0x07, 0x0D, 0x0E, 0x0F, 0x10
# kinds of nodes without a parent; queues keep the place of their head there
IN_NOTHING = (CRITERIA, *range(0x0B, 0x1A))
# kinds of nodes that share the index of a folder, and the kind of that folder
ATTENDANTS = {**{kind: (FOLDER, SEARCH) for kind in (SUBFOLDERS, CONTENTS, ASSOCIATED, 0x14, 0x15)},
              **{kind: (SEARCH,) for kind in (QUEUE, CRITERIA, RESULTS)}}

FOLDER_PROPERTIES = {0x3001: 0x1F, 0x3602: 0x03, 0x3603: 0x03, 0x360A: BOOL}
STORE_PROPERTIES = {0x0FF9: 0x0102, 0x3001: 0x1F, 0x35E0: 0x0102, 0x35E3: 0x0102, 0x35E7: 0x0102}
COUNT, UNREAD, HAS_SUBFOLDERS, HIDDEN_COUNTS = 0x36020003, 0x36030003, 0x360A000B, (0x36170003, 0x66350003)
LAST_VERSION = 0xEFFFFFFF       # of a row: beyond it the counter would soon be at its end
SERVERS_COUNT = 0x66350003      # in OSTs
FLAGS, MESSAGE_SIZE, READ, RECEIVES, RECORD_KEY = 0x0E070003, 0x0E080003, 1, 0x66050003, 0x0FF90102
ROW_FOLDER = 0x67F10003         # of search results
ENTRY_IDS, OTHER_ENTRY_ID = range(0x35E0, 0x35E8), 0x34160102     # the latter may be of another store
UPDATE, NID = 20, 4
BUCKETS, FIRST_GUID, BUCKET_COUNT = 251, 3, 0x00010003


class Hierarchy:
    def __init__(self, layers):
        self.l, self.nodes, self.say = layers, layers.store.nodes, layers.complain
        self.children = {}
        for nid, node in sorted(self.nodes.items()):
            kind = FOLDER if nid & 31 == SEARCH else nid & 31
            if kind in (FOLDER, MESSAGE, HIDDEN) and nid not in (ROOT, node.parent):
                self.children.setdefault((node.parent, kind), []).append(nid)

    def judge(self):
        for nid in sorted(self.nodes):
            kind = nid & 31
            self.parent(nid)
            if kind in (FOLDER, SEARCH):
                self.place(nid)
                self.folder(nid)
            elif kind in (MESSAGE, HIDDEN) and not self.is_folder(self.nodes[nid].parent, FOLDER):
                self.say((nid, 0), "MESSAGE_PARENT", f"parent 0x{self.nodes[nid].parent:x} is no folder")
            elif kind in ATTENDANTS and nid not in TEMPLATES:
                if not any(self.is_folder(nid & ~31 | owner, owner) for owner in ATTENDANTS[kind]):
                    self.say((nid, 0), "NODE_ALONE", "its folder is not there")
            elif kind not in (MESSAGE, HIDDEN) and kind != 0x19 and nid not in OTHERS:
                self.say((nid, 0), "NODE_UNKNOWN", f"nothing has a node of kind {kind:x} like this")
        self.store()
        self.names()
        self.searches()
        self.maps()
        self.row_versions()

    def is_folder(self, nid, *kinds):
        return nid in self.nodes and nid & 31 in (kinds or (FOLDER, SEARCH))

    def parent(self, nid):
        """Of nodes whose parent is always the same."""
        right = ROOT if nid == ROOT else 0 if nid in (STORE, NAMES) or nid & 31 in IN_NOTHING else None
        if right not in (None, self.nodes[nid].parent):
            self.say((nid, 0), "NODE_PARENT", f"parent 0x{self.nodes[nid].parent:x}, not 0x{right:x}")

    # folders ---------------------------------------------------------------------------------------------

    def place(self, nid):
        """Does a way lead from a folder to the root?"""
        parent = self.nodes[nid].parent
        if nid == ROOT:
            return
        if not self.is_folder(parent, FOLDER):
            self.say((nid, 0), "FOLDER_PARENT", f"parent 0x{parent:x} is no folder")
            return
        seen, at = set(), parent
        while at not in seen and at not in (ROOT, nid) and self.is_folder(at, FOLDER):
            seen.add(at)
            at = self.nodes[at].parent
        if at == nid:
            self.say((nid, 0), "FOLDER_CYCLE", f"its parents lead back to it over {len(seen)} folders")

    def folder(self, nid):
        own = self.l.properties.get(nid)
        kinds = (SUBFOLDERS, CONTENTS, ASSOCIATED) if nid & 31 == FOLDER else (RESULTS,)
        for kind in kinds:
            table = self.nodes.get(nid & ~31 | kind)
            if not table or not table.data:
                self.say((nid, 0), "FOLDER_TABLE", f"no table 0x{nid & ~31 | kind:x}")
        tables = {kind: self.table(nid & ~31 | kind) for kind in kinds}
        if own:
            self.l.lacking((nid, 0), "FOLDER_PROPERTY", own, FOLDER_PROPERTIES)
            if own.sound:
                self.counts(nid, own, tables)
        if tables.get(SUBFOLDERS):
            self.subfolders(nid, tables[SUBFOLDERS])
        for kind, child in ((CONTENTS, MESSAGE), (ASSOCIATED, HIDDEN)):
            if tables.get(kind):
                self.messages(nid, nid & ~31 | kind, tables[kind], child)

    def table(self, nid):
        """A table that can be relied on."""
        table = self.l.tables.get(nid)
        return table if table and table.sound else None

    def counts(self, nid, own, tables):
        contents = tables.get(CONTENTS) or tables.get(RESULTS)
        wanted = []
        if contents:
            flags = [row.get(FLAGS, b"\1") for row in contents.rows.values()]
            wanted = [("FOLDER_COUNT", COUNT, len(contents.rows)),
                      ("FOLDER_UNREAD", UNREAD, sum(not flag[0] & READ for flag in flags))]
            wanted = wanted if FLAGS in [column[0] for column in contents.columns] else wanted[:1]
        if tables.get(SUBFOLDERS):
            wanted.append(("FOLDER_SUBFOLDERS", HAS_SUBFOLDERS, bool(tables[SUBFOLDERS].rows)))
        for tag in HIDDEN_COUNTS if tables.get(ASSOCIATED) else ():
            if not (self.l.ost and tag == SERVERS_COUNT):
                wanted.append(("FOLDER_HIDDEN", tag, len(tables[ASSOCIATED].rows)))
        for code, tag, count in wanted:
            said = own.number(tag)
            said = bool(said) if tag == HAS_SUBFOLDERS and said else said
            if said not in (None, count):
                named = tag if code == "FOLDER_HIDDEN" else 0
                self.say((nid, 0), code, f"{tag:08x} is {said}, not {count}", named, count)

    def subfolders(self, nid, table):
        children = set(self.children.get((nid, FOLDER), ()))
        for child in sorted(children - set(table.rows)):
            self.say((nid, 0), "FOLDER_ROW_MISSING", f"no row for folder 0x{child:x}")
        for child in sorted(set(table.rows) - children):
            self.say((nid, 0), "FOLDER_ROW_ALONE", f"a row for 0x{child:x}, no folder in it")
        for child in sorted(children & set(table.rows)):
            if child in self.l.properties:
                own = self.l.properties[child]
                row = table.rows[child]
                if child & 31 == SEARCH:                # SCANPST makes rows of nothing but id and version for them
                    row = {**{tag: None for tag, *_ in table.columns}, **row}
                self.l.cells((nid, 0), "FOLDER_CELL", f"folder 0x{child:x}", table, row, own)

    def messages(self, nid, table_nid, table, kind):
        children = set(self.children.get((nid, kind), ()))
        for child in sorted(children - set(table.rows)):
            self.say((child, 0), "MESSAGE_ROW_MISSING", f"no row in 0x{table_nid:x}")
        for child in sorted(set(table.rows) - children):
            self.say((nid, 0), "MESSAGE_ROW_ALONE", f"a row of 0x{table_nid:x} for 0x{child:x}, no message in it")
        for child in sorted(children & set(table.rows)):
            if child in self.l.properties:
                self.l.cells((child, 0), "MESSAGE_CELL", f"its row in 0x{table_nid:x}", table, table.rows[child],
                             self.l.properties[child], {MESSAGE_SIZE: "MESSAGE_CELL_SIZE"})

    # the store -------------------------------------------------------------------------------------------

    def store(self):
        for nid in FRAME:
            if nid not in self.nodes:
                self.say((nid, 0), "STORE_NAMES" if nid == NAMES else "STORE_NODE", "is missing")
        if self.l.ost:
            return
        for nid in USUAL:
            if nid not in self.nodes:
                self.say((nid, 0), "STORE_NODE_USUAL", "is missing")
        own = self.l.properties.get(STORE)
        if own and own.sound:
            self.l.lacking((STORE, 0), "STORE_PROPERTY", own, STORE_PROPERTIES)
            key = own.values.get(RECORD_KEY)
            if key is not None and len(key) != 16:
                self.say((STORE, 0), "STORE_PROPERTY", f"a record key of {len(key)} bytes", RECORD_KEY)
                key = None
            for tag, entry in own.values.items():
                if entry is not None and not self.leads_to_folder(tag, entry, key):
                    self.say((STORE, 0), "STORE_ENTRY_ID", f"{tag:08x} is {entry.hex()}", tag)

    def leads_to_folder(self, tag, entry, key):
        """Properties that have no entry id of this store do so as well."""
        if tag == OTHER_ENTRY_ID:
            if len(entry) != 24 or entry[4:20] != key:
                return True
        elif tag >> 16 not in ENTRY_IDS or tag & 0xFFFF != 0x0102:
            return True
        elif len(entry) != 24 or any(entry[:4]) or key not in (None, entry[4:20]):
            return False
        return self.is_folder(u32(entry, 20))

    def row_versions(self):
        """No version of a row is given twice, and none is beyond the counter, nor so high that few would be left.  Of rows
        of one version the first is right."""
        seen, again, next_ = {}, {}, self.l.store.header["dwUnique"]
        for at, key, version in self.l.versions:
            if version in seen or version > LAST_VERSION:
                again.setdefault(at, []).append(version)
            else:
                seen[version] = at, key
        for at, versions in again.items():
            text = f"{len(versions)} rows have versions of others, or too high ones, {versions[0]} the first"
            self.say(at, "TC_ROW_VERSION", text, count=len(versions))
        if seen and not max(seen) < next_ <= LAST_VERSION:
            at, key = seen[max(seen)]
            text = f"dwUnique {next_}, row 0x{key:x} of 0x{at[0]:x} has version {max(seen)}"
            self.say((0, 0), "HEADER_UNIQUE", text)

    # names -----------------------------------------------------------------------------------------------

    def names(self):
        own = self.l.properties.get(NAMES)
        if not own or not own.sound:
            return
        if own.number(BUCKET_COUNT) != BUCKETS:
            text = f"{own.number(BUCKET_COUNT)} hash buckets, not {BUCKETS}"
            self.say((NAMES, 0), "NAME_BUCKETS", text, BUCKET_COUNT)
        guids, raw, strings = (own.values.get(tag, b"") for tag in (0x00020102, 0x00030102, 0x00040102))
        if raw is None:
            return
        entries = triples(raw)
        for at, tag in self.l.named_tags:
            if (tag >> 16) - 0x8000 >= len(entries):
                self.say(at, "NAME_UNKNOWN", f"{tag:08x} has no name", tag)
        found, placed = set(), {}
        for place, (first, word, index) in enumerate(entries):
            tag = 0x8000 + place << 16
            if guids is None or strings is None and word & 1:
                continue
            name = strings[first + 4:][:u32(strings, first)] if word & 1 and first + 4 <= len(strings) else b""
            if index != place or (word >> 1) - FIRST_GUID >= len(guids) // 16 or \
                    word & 1 and (first + 4 > len(strings) or u32(strings, first) != len(name)):
                self.say((NAMES, 0), "NAME_ENTRY", f"entry {place}: {first:x} {word:x} {index:x}", tag)
                continue
            hash_ = weak_crc(name) if word & 1 else first
            if word & 1 and name == MARK:
                for at in sorted({at for at, used in self.l.named_tags if used >> 16 == tag >> 16 and not at[1]}):
                    self.say(at, "MESSAGE_MARKED", "says that it is not whole", tag)
            bucket = own.values.get((0x1000 + (hash_ ^ word) % BUCKETS) << 16 | 0x0102, b"")
            placed[(hash_, word, index)] = (hash_ ^ word) % BUCKETS
            if bucket is not None and (hash_, word, index) in triples(bucket):
                found.add(place)
            if bucket is not None and (hash_, word, index) not in triples(bucket):
                self.say((NAMES, 0), "NAME_BUCKET", f"entry {place} is not in bucket {(hash_ ^ word) % BUCKETS}", tag)

        for number in range(BUCKETS):
            tag = 0x1000 + number << 16 | 0x0102
            strays = sum(each[2] >= len(entries) or each[2] in found and placed.get(each) != number
                         for each in triples(own.values.get(tag) or b""))
            if strays:
                self.say((NAMES, 0), "NAME_STRAY", f"{strays} entries of bucket {number} belong elsewhere", tag, strays)

    # searches and maps -----------------------------------------------------------------------------------

    def searches(self):
        for nid, node in sorted(self.nodes.items()):
            for kind in (QUEUE, CRITERIA) if nid & 31 == SEARCH and nid != ALL_MESSAGES else ():
                if nid & ~31 | kind not in self.nodes:
                    self.say((nid, 0), "SEARCH_NODE", f"no node 0x{nid & ~31 | kind:x}")
            results = self.table(nid) if nid & 31 == RESULTS and nid not in TEMPLATES else None
            gone = sum(key not in self.nodes or key & 31 not in (MESSAGE, HIDDEN) for key in results.rows) if results else 0
            if gone:
                self.say((nid & ~31 | SEARCH, 0), "SEARCH_ROW_ALONE", f"{gone} results are gone", count=gone)
            for key in sorted(results.rows) if results else ():
                self.result(nid, results, key)
            size = UPDATE if nid & 31 == QUEUE or nid in (0x1E1, 0xEC1) else NID
            if node.data and (size == UPDATE or nid in (ACTIVE_SEARCHES, SEARCH_DOMAIN)):
                self.list(nid, node, size)
        table = self.table(RECEIVE_FOLDERS)
        for row in table.rows.values() if table else ():
            folder = row.get(RECEIVES)
            if folder and not self.is_folder(u32(folder, 0)):
                self.say((RECEIVE_FOLDERS, 0), "RECEIVE_FOLDER", f"0x{u32(folder, 0):x} is no folder")

        outgoing = self.table(OUTGOING)
        for key in sorted(outgoing.rows) if outgoing else ():
            if key not in self.nodes or key & 31 != MESSAGE:
                self.say((OUTGOING, 0), "OUTGOING_ROW_ALONE", f"0x{key:x} is no message")

    def result(self, nid, results, key):
        """A row says what its message says, and which folder that is in."""
        row, node = results.rows[key], self.nodes.get(key)
        if not node or key & 31 not in (MESSAGE, HIDDEN):
            return
        folder = row.get(ROW_FOLDER)
        if folder is not None and u32(folder, 0) != node.parent and self.is_folder(node.parent, FOLDER):
            self.say((key, 0), "MESSAGE_CELL", f"its row in 0x{nid:x} is of folder 0x{u32(folder, 0):x}", ROW_FOLDER)
        if key in self.l.properties:
            self.l.cells((key, 0), "MESSAGE_CELL", f"its row in 0x{nid:x}", results, row, self.l.properties[key],
                         {MESSAGE_SIZE: "MESSAGE_CELL_SIZE"})

    def list(self, nid, node, size):
        try:
            data = self.l.store.stream(node.data)
        except Unreadable:
            return
        if len(data) % size:
            self.say((nid, 0), "SEARCH_QUEUE", f"{len(data)} bytes in records of {size}")
        elif size == NID:
            for (folder,) in struct.iter_unpack("<I", data):
                if nid == SEARCH_DOMAIN:                # whose five low bits are no part of the id
                    folder = folder & ~31 | FOLDER
                if not self.is_folder(folder):
                    self.say((nid, 0), "SEARCH_LIST", f"0x{folder:x} is no folder")
            if nid == ACTIVE_SEARCHES:
                self.unlisted({folder for (folder,) in struct.iter_unpack("<I", data)})

    def unlisted(self, active):
        for nid in sorted(self.nodes.keys() - active):
            if nid & 31 == SEARCH and nid != ALL_MESSAGES:
                self.say((nid, 0), "SEARCH_UNLISTED", f"is not in 0x{ACTIVE_SEARCHES:x}")

    def maps(self):
        """The trees lead to nodes; but for 0xC01 and 0xE01 they leave out, mostly, the type of a node."""
        for nid, named in self.l.maps.items():
            kinds = {0x14: (MESSAGE,), 0x15: (HIDDEN,)}.get(nid & 31, (FOLDER, SEARCH) if nid == FOLDER_IDS else ())
            if kinds or nid in (REPLICA_IDS, MESSAGE_INDEX):
                gone = sum(one > 0 and one not in self.nodes
                           and not any(one & ~31 | kind in self.nodes for kind in kinds) for one in named)
                if gone:
                    self.say((nid, 0), "MAP_ALONE", f"{gone} of {len(named)} lead to nothing", count=gone)


def triples(data):
    """The entries of the name map, as many as are whole."""
    return list(struct.iter_unpack("<IHH", data[:len(data) // 8 * 8]))
