"""store(fmt, ...): a complete store made from nothing, as Outlook would leave it (5.13 of the format description).

The same arguments give the same bytes.  What was put in stands in `image.expected`: subjects, and SHA-256 of
every attachment, so that other readers can be asked for them.
"""

import hashlib
import random
import struct
from types import SimpleNamespace

from . import format as F
from . import ltp
from .damage import Image
from .draft import Draft
from .layout import Writer
from .names import name_map

ROOT, TOP, SEARCH, DELETED, VIEWS, SPAM = 0x122, 0x8022, 0x8042, 0x8062, 0x8082, 0x2223
HOUR, SEARCH_KEY = 36_000_000_000, 0x300B_0102
START = 130_645_440_000_000_000         # 1 January 2015
ONE_OFF = bytes(4) + bytes.fromhex("812b1fa4bea310199d6e00dd010f5402") + b"\0\0\1\x90"


def store(fmt, folders=3, messages=12, attachments=1, attachment_size=None, crypt=1, compress=False, seed=1,
          leaf_fill=None, sections=None, x_fill=None, sl_fill=None, subnodes=0, embedded=1, associated=0,
          search=False, server_ids=False, stale=False, magic=None, change=None, save=None):
    """A store in "ansi", "unicode" or "unicode4k" -> Image.

    folders          folders below the top, every other one inside its predecessor
    messages         spread over them in turn; every third has attachments, every second recipients
    attachments      for each message that has some
    attachment_size  of the first one; by default two and a half blocks, so that it has an XBLOCK
    subnodes         attachments of the last message: over 340 (ANSI 681, 4K 2729) they need an SIBLOCK
    x_fill, sl_fill  entries in an XBLOCK and an SLBLOCK at most: XXBLOCKs and SIBLOCKs of few blocks
    leaf_fill        entries in a page of the trees at most: deep trees of few nodes
    sections         spread the blocks over that many allocation maps
    embedded         one message carries a message, that one another, so many deep
    associated       hidden messages in the first folder
    server_ids       folders and messages have the ids of a server, and the maps that an OST has of them: 4K only
    search           a search folder with every other message
    stale            an earlier state stays behind in free space: an old version of the first message and one
                     that is deleted, with their blocks and tree pages; image.stale says which
    change           change(draft) damages the store before it is written: see draft.py
    save             a path: write the file there, sparse, and return None
    """
    f = F.FORMATS[fmt]
    writer = Writer(f, crypt, compress and f.compresses, leaf_fill, x_fill, sl_fill, sections, magic, server_ids)
    builder = Builder(writer, random.Random(seed), attachment_size or f.data_max * 5 // 2)
    builder.frame()
    where = [builder.add_folder(f"Folder {i + 1}", builder.user_folder(i)) for i in range(folders)]
    where = where or [builder.folders[TOP]]
    first = None
    for i in range(messages):
        embed = embedded if i == min(4, messages - 1) else 0
        count = subnodes if subnodes and i == messages - 1 else attachments if i % 3 == 0 else 0
        message = builder.add_message(where[i % len(where)], builder.compose(i, count, embed))
        first = first or message
    for i in range(associated):
        builder.add_message(where[0], builder.compose(i, 0), kind=8)
    if search:
        builder.add_search("Found", [m for m in builder.messages.values() if m.nid & 31 == 4][::2])
    builder.flush()
    if stale:
        writer.commit()
        doomed = builder.add_message(where[0], builder.compose(messages, attachments, subject="Deleted message"))
        builder.flush()
        writer.commit()
        gone = SimpleNamespace(changed=first.nid, old=writer.nodes[first.nid], deleted=doomed.nid,
                               deleted_node=writer.nodes[doomed.nid])
        builder.remove(doomed)
        second = builder.compose(0, attachments, text="The second version. ")
        second.values[SEARCH_KEY] = first.values[SEARCH_KEY]
        builder.add_message(where[0], second, nid=first.nid)
        builder.flush()
    if change:
        change(Draft(writer))
    writer.commit()
    if save:
        writer.save(save)
        return None
    image = Image(writer.bytes())
    image.expected = [m.expected for m in builder.messages.values() if m.nid & 31 == 4]
    image.stale = gone if stale else None
    return image


class Builder:
    def __init__(self, writer, rng, attachment_size):
        self.w, self.f, self.rng = writer, writer.f, rng
        self.attachment_size = attachment_size
        self.folders, self.messages = {}, {}
        self.key = bytes(rng.randrange(256) for _ in range(16))
        self.written = {}
        self.tables = {}
        self.searches = {}
        self.last_id = 0

    # nodes -----------------------------------------------------------------------------------------------

    def node(self, nid, data, subnodes=None, parent=0):
        """Write a node unless it is there already, just like this."""
        content = (data, subnodes)
        if self.written.get(nid) != content:
            self.written[nid] = content
            self.w.nodes[nid] = (self.w.data(data), self.subnodes(subnodes or {}), parent)

    def subnodes(self, entries):
        return self.w.subnodes({nid: (self.w.data(data), 0) for nid, data in entries.items()})

    def pc(self, values):
        return ltp.property_context(self.f, {ltp.own(self.f, tag): v for tag, v in values.items()}, self.w.new_nid)

    def table(self, template, rows=(), **options):
        tags = ltp.columns(self.f, template)
        rows = [{ltp.own(self.f, tag): v for tag, v in row.items() if ltp.own(self.f, tag) in tags} for row in rows]
        return ltp.table_context(self.f, tags, rows, self.w.new_nid, **options)

    def entry_id(self, nid):
        return bytes(4) + self.key + struct.pack("<I", nid)

    def row(self, nid, values):
        return {**values, ltp.ROW_ID: nid, ltp.ROW_VERSION: self.w.new_version()}

    # the frame every store has ---------------------------------------------------------------------------

    def frame(self):
        w = self.w
        for template in (0x60D, 0x60E, 0x60F, 0x610, 0x671, 0x692, 0x64C, 0x6B6):
            self.node(template, *self.table(template))
        for template in (0x6D7, 0x6F8):
            self.node(template, *self.table(template, wide_index=True))
        if w.server_ids:
            self.node(0x614, *self.server_map({}))
            self.node(0x619, *self.table(0x619))
            self.node(0x801, *self.guids())
        receive = self.row(1, {0x66050003: ROOT, 0x001A001F: ""})
        self.node(0x62B, *self.table(0x62B, [receive]))
        self.node(0x21, *self.pc({
            0x0E340102: b"\1\0\0\0" + self.key[::-1] + b"\1\0\0\0", 0x0E380003: 0, 0x0FF90102: self.key,
            0x3001001F: "Test store", 0x35DF0003: 0xC9, 0x35E00102: self.entry_id(TOP),
            0x35E30102: self.entry_id(DELETED), 0x35E60102: self.entry_id(VIEWS), 0x35E70102: self.entry_id(SEARCH),
            0x6633000B: 1, 0x66FA0003: 0xE000D, 0x67FF0003: 0}))
        self.node(0x61, *name_map(self.f, w.new_nid))
        for queue in (0x1E1, 0x261, 0xE41, 0xEC1, 0xF21, 0x2226):
            self.node(queue, b"")
        self.node(0xC01, *self.item_ids())
        self.folders[ROOT] = _folder(ROOT, ROOT, "")
        for name, parent, nid in (("Top of Outlook data file", ROOT, TOP), ("Search Root", ROOT, SEARCH),
                                  ("Deleted Items", TOP, DELETED), ("IPM_COMMON_VIEWS", ROOT, VIEWS)):
            assert self.add_folder(name, self.folders[parent]).nid == nid
        spam = {0x3001001F: "SPAM Search Folder 2", 0x36020003: 0, 0x36030003: 0, 0x360A000B: 0}
        self.spam_row = self.row(SPAM, spam)
        self.node(SPAM, *self.pc(spam), parent=ROOT)
        self.node(SPAM & ~31 | 7, *self.pc({0x660B0003: 0}))
        w.nodes[SPAM & ~31 | 16] = w.nodes[0x610]

    def item_ids(self):
        """0xC01: 16-byte item id -> NID, empty."""
        heap = ltp.Heap(self.f, 0x9C)
        heap.add(struct.pack("<I", 0x40))
        ltp.Bth(heap, 16, 4, 0).fill([])
        return heap.blocks(), {}

    def server_id(self):
        """PidTag 67F4 of an OST's folders and messages: which database, and a counter, its high byte first."""
        self.last_id += 1
        return int.from_bytes(struct.pack(">BBHI", 1, 0, 0, self.last_id), "little")

    def server_map(self, nids):
        """{id: NID} of an OST: types 0x14 and 0x15 and node 0x821; the NIDs have no type."""
        heap = ltp.Heap(self.f, 0x8C)
        ltp.Bth(heap, 8, 4, len(nids)).fill([(key, struct.pack("<I", nid & ~31)) for key, nid in nids.items()])
        return heap.blocks(), {}

    def guids(self):
        """0x801: the databases of the ids of an OST: GUID -> number, and the GUIDs by number."""
        heap = ltp.Heap(self.f, 0x6C)
        heap.add(struct.pack("<II", 0x40, 0x60))
        header = heap.add(bytes(8))
        known = [self.key[::-1], self.key]
        heap.add(b"".join(known))
        ltp.Bth(heap, 16, 2, 2, header).fill([(int.from_bytes(guid, "little"), struct.pack("<H", i))
                                              for i, guid in enumerate(known)])
        return heap.blocks(), {}

    def conversations(self):
        """0xE01: a number made from the conversation's GUID -> the messages in it."""
        groups = {}
        for m in self.messages.values():
            if m.nid & 31 == 4:
                guid = m.values[0x00710102][6:22]
                key = 0
                for j, byte in enumerate(guid):
                    key ^= byte << 15 - j
                groups.setdefault(key ^ 0xFFFF0000, []).append(m.nid)
        last = max([m.nid for m in self.messages.values() if m.nid & 31 == 4] + [0x200004])
        record = struct.pack("<4I4I4I2I", 0x40, 1, last, 0, 3, 0, 16, 0, 0x48B3, 0, 0, 0, 0, 0x1E2)
        heap = ltp.Heap(self.f, 0xCC)
        heap.add(record)
        bth = ltp.Bth(heap, 4, 4, len(groups))
        lists = {key: heap.add(struct.pack(f"<{len(nids)}I", *nids)) for key, nids in groups.items()}
        bth.fill([(key, struct.pack("<I", hid)) for key, hid in lists.items()])
        return heap.blocks(), {}

    # folders ---------------------------------------------------------------------------------------------

    def user_folder(self, i):
        """The parent of the i-th folder of ours: every other one lies in its predecessor."""
        return list(self.folders.values())[-1] if i % 2 else self.folders[TOP]

    def add_folder(self, name, parent):
        nid = self.w.new_nid(2)
        self.folders[nid] = _folder(nid, parent.nid, name)
        self.folders[nid].server_id = self.server_id() if self.w.server_ids else None
        return self.folders[nid]

    def add_search(self, name, found):
        """A search folder, and the messages that it has found."""
        nid = self.w.new_nid(3)
        unread = sum(not m.values[0x0E070003] & 1 for m in found)
        values = {0x3001001F: name, 0x36020003: len(found), 0x36030003: unread, 0x360A000B: 0}
        self.searches[nid] = self.row(nid, values)
        rows = [self.row(m.nid, {**m.folder.rows[m.nid], 0x67F10003: m.folder.nid}) for m in found]
        self.node(nid, *self.pc(values), parent=SEARCH)
        self.node(nid & ~31 | 6, b"")
        self.node(nid & ~31 | 7, *self.pc({0x660B0003: 0}))
        self.node(nid & ~31 | 16, *self.table(0x610, rows))

    def flush(self):
        """Bring folders, their tables and the conversation index to the state of the messages."""
        w = self.w
        children = {nid: [g for g in self.folders.values() if g.parent == nid != g.nid] for nid in self.folders}
        for folder in self.folders.values():
            unread = sum(not row[0x0E070003] & 1 for row in folder.rows.values())
            below = bool(children[folder.nid]) or folder.nid == ROOT or folder.nid == SEARCH and bool(self.searches)
            values = {0x3001001F: folder.name, 0x36020003: len(folder.rows), 0x36030003: unread, 0x360A000B: int(below)}
            if folder.nid > VIEWS:
                values[0x3613001F] = "IPF.Note"
            if folder.hidden:
                values[0x66350003] = len(folder.hidden)
            if folder.server_id:
                values[0x67F40014] = folder.server_id
            if values != folder.values:
                folder.values, folder.row = values, self.row(folder.nid, values)
                self.node(folder.nid, *self.pc(values), parent=folder.parent)
        for folder in self.folders.values():
            rows = [g.row for g in children[folder.nid]]
            rows += {ROOT: [self.spam_row], SEARCH: self.searches.values()}.get(folder.nid, [])
            self.folder_table(folder.nid, 0x0D, rows)
            self.folder_table(folder.nid, 0x0E, list(folder.rows.values()), side=self.f.compresses)
            self.folder_table(folder.nid, 0x0F, list(folder.hidden.values()))
            if w.server_ids:
                self.folder_map(folder.nid & ~31 | 0x14, folder.rows)
                self.folder_map(folder.nid & ~31 | 0x15, folder.hidden)
        if w.server_ids:
            self.node(0x821, *self.server_map({g.server_id: g.nid for g in self.folders.values() if g.server_id}))
        self.node(0x201, struct.pack(f"<{1 + len(self.searches)}I", SPAM, *self.searches))
        self.node(0xE01, *self.conversations())

    def folder_table(self, nid, kind, rows, **options):
        nid = nid & ~31 | kind
        if self.tables.get(nid) == rows:
            return
        self.tables[nid] = rows
        if rows:
            self.node(nid, *self.table(0x600 | kind, rows, **options))
        else:
            self.w.nodes[nid] = self.w.nodes[0x600 | kind]

    def folder_map(self, nid, rows):
        """The ids of an OST's messages in a folder."""
        if rows:
            self.node(nid, *self.server_map({row[0x67F40014]: m for m, row in rows.items()}))
        else:
            self.w.nodes[nid] = self.w.nodes[0x614]

    # messages --------------------------------------------------------------------------------------------

    def text(self, size):
        words = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu".split()
        out = " ".join(self.rng.choice(words) for _ in range(size // 5 + 1))
        return (out * (size // len(out) + 1))[:size]

    def compose(self, i, attachments, embed=0, subject=None, text=None):
        """What a message says: its properties, recipients and attachments."""
        subject = subject or f"Message {i + 1}"
        now = START + i * HOUR
        guid = bytes(self.rng.randrange(256) for _ in range(16))
        size = (200, 5200, 1900, 60)[i % 4]
        values = {
            0x0017_0003: 1, 0x001A_001F: "IPM.Note", 0x0026_0003: 0, 0x0036_0003: 0,
            0x0037_001F: "\1\1" + subject, 0x0039_0040: now, 0x0042_001F: f"Sender {i % 5}", 0x0064_001F: "SMTP",
            0x0065_001F: f"sender{i % 5}@example.org", 0x0070_001F: subject, 0x0071_0102: b"\1" + bytes(5) + guid,
            0x0C1A_001F: f"Sender {i % 5}", 0x0C1E_001F: "SMTP", 0x0C1F_001F: f"sender{i % 5}@example.org",
            0x0E06_0040: now + 600_000_000, 0x0E07_0003: i % 2 | (0x10 if attachments or embed else 0),
            0x0E08_0003: 0, 0x1000_001F: text or self.text(size), 0x3007_0040: now, 0x3008_0040: now + 1_200_000_000,
            0x300B_0102: bytes(self.rng.randrange(256) for _ in range(16)), 0x3FDE_0003: 1252, 0x3FF1_0003: 0x409,
        }
        if i % 4 == 3:
            html = f"<html><body><p>{self.text(size)}</p></body></html>"
            values.update({0x1013_001E: html} if self.f.word == 4 else {0x1013_0102: html.encode("ascii")})
        if i % 5 == 2:
            values[0x8000_0003], values[0x8001_001F] = i, f"named value {i}"
        recipients = self.recipients(i, values) if i % 2 == 0 else []
        bodies = [self.attachment(i, j) for j in range(attachments)]
        if embed:
            bodies.append(("embedded.msg", self.compose(i + 1000, 1, embed - 1, subject=f"Embedded in {i + 1}")))
        return SimpleNamespace(values=values, recipients=recipients, attachments=bodies, subject=subject)

    def recipients(self, i, values):
        out = []
        for j, kind in enumerate((1, 1, 2)):
            name, mail = f"Recipient {i}-{j}", f"recipient{i}.{j}@example.org"
            entry = ONE_OFF + b"".join(part.encode("utf-16-le") + b"\0\0" for part in (name, "SMTP", mail))
            out.append({0x0C15_0003: kind, 0x0E0F_000B: 1, 0x0FF9_0102: entry, 0x0FFE_0003: 6, 0x0FFF_0102: entry,
                        0x3001_001F: name, 0x3002_001F: "SMTP", 0x3003_001F: mail,
                        0x300B_0102: b"SMTP:" + mail.upper().encode() + b"\0", 0x3900_0003: 0, 0x39FF_001F: name,
                        0x3A40_000B: 0})
        for tag, kind in ((0x0E04_001F, 1), (0x0E03_001F, 2)):
            values[tag] = "; ".join(row[0x3001_001F] for row in out if row[0x0C15_0003] == kind)
        return out

    def attachment(self, i, j):
        size = 40 + 37 * j % 300 if j > 3 else 300 + 900 * j + 100 * (i if i < 3000 else i % 1000)
        size = self.attachment_size if i == j == 0 else size
        raw = self.rng.getrandbits(8 * size).to_bytes(size, "little")
        return f"file{i}-{j}.bin", raw if (i + j) % 2 else raw.hex().encode()[:size]

    def add_message(self, folder, spec, nid=None, kind=4):
        nid = nid or self.w.new_nid(kind)
        if kind == 8:
            spec.values[0x0E07_0003] |= 0x40
            spec.values[0x3001_001F] = spec.subject
        if self.w.server_ids:
            spec.values[0x67F4_0014] = self.server_id()
        data, sub = self.message(spec)
        self.w.nodes[nid] = (data, sub, folder.nid)
        extra = {0x0E17_0003: 0, ltp.CONVERSATION: spec.values[0x0071_0102][6:22]}
        (folder.rows if kind == 4 else folder.hidden)[nid] = self.row(nid, {**spec.values, **extra})
        self.messages[nid] = SimpleNamespace(nid=nid, folder=folder, values=spec.values,
                                             expected=_expected(spec, nid, folder.nid))
        return self.messages[nid]

    def remove(self, message):
        del self.w.nodes[message.nid], self.messages[message.nid], message.folder.rows[message.nid]

    def message(self, spec):
        """-> (data, sub) of a message, wherever it goes"""
        w, entries = self.w, {}
        if spec.recipients:
            rows = [self.row(w.new_version(), row) for row in spec.recipients]
            self.add_table(entries, 0x692, rows)
        rows = []
        for name, body in spec.attachments:
            nid = w.new_nid(5)
            values = {0x0E20_0003: 0, 0x3001_001F: name, 0x3007_0040: START, 0x3008_0040: START,
                      0x3704_001F: name, 0x3705_0003: 1, 0x3707_001F: name, 0x370B_0003: 0xFFFFFFFF}
            inner = {}
            if isinstance(body, bytes):
                values[0x3701_0102] = body
            else:
                own = w.new_nid(4)
                inner[own] = self.message(body)
                values.update({0x3705_0003: 5, 0x3701_000D: (own, body.values[0x0E08_0003])})
            values[0x0E20_0003] = sum(self.value_size(tag, value) for tag, value in values.items())
            heap, more = self.pc(values)
            inner.update({n: (w.data(d), 0) for n, d in more.items()})
            entries[nid] = (w.data(heap), w.subnodes(inner))
            rows.append(self.row(nid, values))
        if rows:
            self.add_table(entries, 0x671, rows)
        return self.sized(spec.values, entries)

    def add_table(self, entries, nid, rows):
        heap, more = self.table(nid, rows)
        entries[nid] = (self.w.data(heap), self.subnodes(more))

    def sized(self, values, entries):
        """The PC of a message says how large the message is, itself included."""
        w, marks = self.w, list(self.w.marks)
        heap, more = self.pc(values)
        values[0x0E08_0003] = (sum(map(len, heap)) + sum(map(len, more.values()))
                               + sum(w.weight(data) + w.weight(sub) for data, sub in entries.values()))
        w.marks = marks
        heap, more = self.pc(values)
        entries = {**entries, **{nid: (w.data(data), 0) for nid, data in more.items()}}
        return w.data(heap), w.subnodes(entries)

    def value_size(self, tag, value):
        tag = ltp.own(self.f, tag)
        if tag & 0xFFFF == 0x0D:
            return value[1]
        return len(ltp.packed(self.f, tag, value))


def _folder(nid, parent, name):
    """rows: {nid: row} of its messages; hidden: of its associated ones; row: its own in its parent's table."""
    return SimpleNamespace(nid=nid, parent=parent, name=name, values={}, rows={}, hidden={}, row=None, server_id=None)


def _expected(spec, nid, folder):
    out = SimpleNamespace(nid=nid, folder=folder, subject=spec.subject, recipients=len(spec.recipients), attachments=[])
    for name, body in spec.attachments:
        inner = None if isinstance(body, bytes) else _expected(body, None, None)
        sha = hashlib.sha256(body).hexdigest() if inner is None else None
        out.attachments.append(SimpleNamespace(name=name, sha256=sha, message=inner))
    return out
