"""judge_layers(store): are heaps, property contexts, tables, messages, folders and the store sound?

A complaint has the name of a row of the table of problems.  What a single context says of itself is judged in
`contexts`, what folders, tables and the store say of each other in `hierarchy`; here nodes and their subnodes are
opened, and messages compared with what is in them.  A node is judged when its own blocks and its lists of subnodes can
be read.
"""

from collections import Counter, namedtuple

from .contexts import COLUMN, COLUMNS_APART, STRINGS, TYPE_ONLY, Heap, Properties, Tree, judge_apart, judge_heap, \
    judge_properties, judge_table, text_of, tree_head
from .disk import NESTING, Unreadable
from .hierarchy import Hierarchy
from .tables import u32

# nid: the node; sub: the innermost subnode meant; tag: property or column; 0 for what is not given
Complaint = namedtuple("Complaint", "severity code text nid sub tag count")

NOTES = {"SUBNODE_UNNAMED", "FOLDER_HIDDEN", "MESSAGE_CELL_SIZE", "MESSAGE_SIZE", "MESSAGE_DEPTH", "ATTACHMENT_SIZE",
         "STORE_NODE_USUAL", "NAME_UNKNOWN", "SEARCH_ROW_ALONE", "SEARCH_LIST", "SEARCH_QUEUE", "NODE_ALONE",
         "MAP_ALONE", "MESSAGE_DISPLAY_TO", "SEARCH_UNLISTED", "OUTGOING_ROW_ALONE", "MESSAGE_MARKED",
         "NODE_UNKNOWN"}

PROPERTY_CONTEXTS, PROPERTY_TYPES = (0x21, 0x61), (2, 3, 4, 5, 7, 8)
KNOWN_TYPES, STORE = (2, 3, 4, 5, 8), 0x21      # those whose properties have the types that their ids say
TABLE_TYPES = (0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0x10, 0x11, 0x12, 0x16, 0x17, 0x18, 0x19)
CONTENTS, SEARCH_CONTENTS = 0x0E, 0x10
# client, size of the item that leads to the tree (0: the tree itself), its key and entry
MAPS = {0xC01: (0x9C, 4, 16, 4), 0xE01: (0xCC, 56, 4, 4), 0x801: (0x6C, 8, 16, 2), 0x821: (0x8C, 0, 8, 4)}
MAP_TYPES, MESSAGE_INDEX = (0x14, 0x15), 0xE01

ATTACHMENTS, RECIPIENTS, HISTORY, SUB_PROPERTIES, SENDERS, CONVERSATIONS = 0x671, 0x692, 0x6B6, 0x4E1, 0x541, 0x521
# what is lost when it is of recipients, of which nothing else tells
OF_RECIPIENTS = {"TC_UNREADABLE": "RECIPIENTS_UNREADABLE", "TC_CELL": "RECIPIENT_CELL",
                 "TC_COLUMN": "RECIPIENT_COLUMN"}
SIDE = {0x0042001F: SENDERS, 0x30130102: CONVERSATIONS}
FIXED_SUBNODES = {ATTACHMENTS, RECIPIENTS, HISTORY, SUB_PROPERTIES, SENDERS, CONVERSATIONS}

# what every message and every attachment has
MESSAGE = {0x001A: 0x1F, 0x0E07: 0x03, 0x0E08: 0x03, 0x3007: 0x40, 0x300B: 0x0102}
ATTACHMENT = {0x0E20: 0x03, 0x3705: 0x03, 0x370B: 0x03}
FLAGS, MESSAGE_SIZE, HAS_ATTACHMENTS = 0x0E070003, 0x0E080003, 0x10
KIND, DISPLAY_NAME, DISPLAYS = 0x0C150003, 0x3001, {0x0E04: 1, 0x0E03: 2, 0x0E02: 3}     # to, cc, bcc
SHOWS_ATTACHMENTS, IS_HIDDEN = 0x0E1B000B, 0x7FFE000B
ATTACH_SIZE, ATTACH_METHOD, ATTACH_DATA, ATTACH_OBJECT = 0x0E200003, 0x37050003, 0x3701, 0x3701000D
BY_VALUE, EMBEDDED, OLE = 1, 5, 6
DEEPEST = 50            # message in messages

# cells that a row has and its object has not
ROW_ONLY = {0x0E05, 0x0E17, 0x3013, 0x67F1, 0x67F2, 0x67F3, 0x0E30, 0x0E33, 0x0E34}
ROW_ONLY_OST = {0x0E38, 0x3008, 0x65E2, 0x65E3, 0x6612, 0x6623, 0x6628, 0x67F4, 0x67F5}


def judge_layers(store):
    return Layers(store).judge()


class Layers:
    """properties, tables: of the nodes that could be read, by nid; maps: {nid: the ids that they lead to}."""

    def __init__(self, store):
        self.store, self.f = store, store.format
        self.ost = store.header["wMagicClient"] == b"SO"
        self.row_only = ROW_ONLY | ROW_ONLY_OST if self.ost else ROW_ONLY
        self.complaints, self.weights = [], {}
        self.properties, self.tables, self.maps = {}, {}, {}
        self.versions, self.named_tags = [], []

    def judge(self):
        for nid, node in sorted(self.store.nodes.items()):
            self.node((nid, 0), nid, node.data, node.sub, 0, self.properties, self.tables)
        Hierarchy(self).judge()
        marked = {each.nid for each in self.complaints if each.code == "MESSAGE_MARKED"}
        return [each for each in self.complaints if each.code != "ATTACHMENT_DATA" or each.nid not in marked]

    def complain(self, at, code, text, tag=0, count=0):
        severity = "note" if code in NOTES else "error"
        who = f"0x{at[0]:x}" + (f"/0x{at[1]:x}" if at[1] else "")
        self.complaints.append(Complaint(severity, code, f"{who}: {text}", *at, tag, count))

    def sayer(self, at, others=None):
        """others: {code: the one that it goes by here}"""
        others = {TYPE_ONLY: "TC_COLUMN", **(others or {})}
        return lambda code, text, tag=0, count=0: self.complain(at, others.get(code, code), text, tag, count)

    # nodes -----------------------------------------------------------------------------------------------

    def node(self, at, nid, data, sub, depth, properties, tables, messages=0, embedded=False):
        """A node or subnode and all below it; what it is goes to properties or tables.  embedded: the object in an
        attachment, a message whatever its id is."""
        kind = "context" if embedded else kind_of(nid, at[1])
        try:
            heap = kind and Heap(self.store, data, sub)
        except Unreadable:
            heap = None
        if not heap:
            return
        own = getattr(self, kind)(at, nid, data, heap, *([True] if embedded else []))
        if own:
            (tables if kind == "table" else properties)[nid] = own
        is_message = embedded or nid & 31 == 4 or nid & 31 == 8 and not at[1]
        below_properties, below_tables = {}, {}
        if depth < 3 * NESTING:
            message = own and nid & 31 == 5 and embedded_in(own)
            self.subnodes(at, heap, depth, messages + is_message, below_properties, below_tables, message)
        if own and own.sound:
            self.unnamed(at, heap, own.named, is_message)
        if own and is_message:
            self.message(at, own, heap, below_properties, below_tables, (data, sub))
        elif own and nid & 31 == 5:
            self.attachment(at, own)

    def context(self, at, nid, data, heap, message=False):
        known = message or nid & 31 in KNOWN_TYPES or nid == STORE
        own = judge_properties(self.sayer(at), heap, known) if data else Properties(heap)
        self.named_tags += [(at, tag) for tag in (own.values if own else ()) if tag >> 31]
        return own

    def table(self, at, nid, data, heap):
        if nid & 31 == SEARCH_CONTENTS and not at[1] and has_columns_apart(heap):
            return self.columns_apart(at, data, heap)
        if data:
            of_recipients = bool(at[1]) and nid == RECIPIENTS
            kind = nid & 31 if not at[1] or nid in (RECIPIENTS, ATTACHMENTS) else 0
            say = self.sayer(at, OF_RECIPIENTS if of_recipients else None)
            own = judge_table(say, heap, kind, self.side(at, nid, heap), of_recipients)
            self.versions += [(at, *version) for version in (own.versions if own and own.sound else ())]
            return own
        return None

    def heap(self, at, nid, data, heap):
        """The cells of a column of a contents table."""
        if at[0] & 31 == CONTENTS or heap.client is not None:
            self.items(at, data, heap, COLUMN if at[0] & 31 == CONTENTS else heap.client)

    def items(self, at, data, heap, client):
        """A heap of no more than items; -> is it there, and of its kind?"""
        if data and heap.client != client:
            self.complain(at, "HEAP_CLIENT", f"client {heap.client}, not {client}")
        elif data:
            judge_heap(self.sayer(at), heap)
        return bool(data) and heap.client == client

    def columns_apart(self, at, data, heap):
        """Results of a search in the other kind of table, whose columns have a heap each."""
        if not self.items(at, data, heap, COLUMNS_APART):
            return None
        own = judge_apart(self.sayer(at), heap, lambda nid: self.column(at, heap, nid))
        self.versions += [(at, *version) for version in (own.versions if own and own.sound else ())]
        return own

    def column(self, at, heap, nid):
        """The heap with the cells of a column: empty when it is not there, None when it cannot be relied on."""
        data, sub = heap.subnodes.get(nid, (0, 0))
        try:
            own = Heap(self.store, data, sub)
        except Unreadable:
            return None
        return own if not data or self.items((at[0], nid), data, own, COLUMN) else None

    def side(self, at, nid, heap):
        """{tag: heap} of the columns that contents tables of OSTs keep apart; None when it cannot be relied on.  A
        subnode without data is no heap: the cells are in that of the table."""
        out = {}
        for tag, sub in SIDE.items():
            try:
                if nid & 31 == CONTENTS and not at[1] and heap.subnodes.get(sub, (0, 0))[0]:
                    out[tag] = None
                    side = Heap(self.store, *heap.subnodes[sub])
                    out[tag] = side if side.client == COLUMN else None
            except Unreadable:
                pass
        return out

    def subnodes(self, at, heap, depth, messages, properties, tables, message):
        for nid, (data, sub) in sorted(heap.subnodes.items()):
            if (nid & 31 == 4 or nid == message) and messages > DEEPEST:
                self.complain((at[0], nid), "MESSAGE_DEPTH", "messages in messages without end")
            else:
                self.node((at[0], nid), nid, data, sub, depth + 1, properties, tables, messages, nid == message)

    def unnamed(self, at, heap, named, is_message):
        for nid in sorted(set(heap.subnodes) - named - FIXED_SUBNODES):
            if nid & 31 != HISTORY & 31 and not (is_message and nid & 31 == 5):
                self.complain(at, "SUBNODE_UNNAMED", f"nothing names its subnode 0x{nid:x}")

    def map(self, at, nid, data, heap):
        """A tree that leads from ids to nodes."""
        if not data:
            return
        say = self.sayer(at)
        client, size, key, entry = MAPS[nid if nid in MAPS else 0x821]
        try:
            root = heap.item(heap.root) if heap.client == client else None
            hid = heap.root if not size else u32(root, 0) if root and len(root) >= size else 0
            head = tree_head(heap, hid, key, (entry,)) if root else None
        except Unreadable:
            judge_heap(say, heap)
            return
        if not head:
            say("BTH_HEADER", f"client {heap.client}, no tree of {key} and {entry} bytes")
            return
        judge_heap(say, heap)
        tree = Tree(say, heap, head)
        if tree.sound and heap.whole:
            self.maps[nid] = [one for _, value in tree.records for one in leads_to(heap, nid, value)]

    # messages --------------------------------------------------------------------------------------------

    def lacking(self, at, code, properties, required):
        """Required properties that are not there, in the type that is usual."""
        for prop, kind in required.items() if properties.sound else ():
            if not properties.has(prop):
                kind = self.f.string if kind in STRINGS else kind
                self.complain(at, code, f"no property {prop:04x}", prop << 16 | kind)

    def message(self, at, own, heap, below, tables, stream):
        if at[0] & 31 != 8 or at[1]:
            self.lacking(at, "MESSAGE_PROPERTY", own, MESSAGE)
        attachments = {nid for nid in heap.subnodes if nid & 31 == 5}
        self.attachment_rows(at, attachments, heap, below, tables)
        if not own.sound:
            return
        flags, size = own.number(FLAGS), own.number(MESSAGE_SIZE)
        if flags is not None and bool(flags & HAS_ATTACHMENTS) != bool(attachments):
            self.complain(at, "MESSAGE_FLAG", f"flags {flags:x}, {len(attachments)} attachments")
        says = own.number(SHOWS_ATTACHMENTS)
        shown = [nid for nid in attachments & set(below) if below[nid].sound and not below[nid].number(IS_HIDDEN)]
        if says is not None and (not attachments if says else shown):
            text = f"has attachments: {says}, {len(attachments)} are there, {len(shown)} shown"
            self.complain(at, "MESSAGE_HAS_ATTACHMENTS", text)
        self.recipients(at, own, tables.get(RECIPIENTS))
        weight = self.weight(*stream)
        if far(size, weight):
            self.complain(at, "MESSAGE_SIZE", f"size {size}, its blocks have {weight} bytes", count=weight)

    def recipients(self, at, own, table):
        """Each display property joins the names of all recipients of a kind."""
        expected = recipients_of(table) if table and table.sound else None
        for prop, kind in DISPLAYS.items() if expected is not None else ():
            tag, text = text_of(own.values, prop)
            found = names_in(text) if text and text.rstrip("\0") else 0
            if text is not None and found != expected[kind]:
                text = f"{tag:08x} names {found} recipients, {expected[kind]} are in the table"
                self.complain(at, "MESSAGE_DISPLAY_TO", text, tag, expected[kind])

    def attachment_rows(self, at, attachments, heap, below, tables):
        table = tables.get(ATTACHMENTS)
        if ATTACHMENTS in heap.subnodes and not (table and table.sound):
            return
        rows = table.rows if table else {}
        for nid in sorted(attachments - set(rows)):
            self.complain(at, "ATTACHMENT_ROW_MISSING", f"no row for attachment 0x{nid:x}")
        for nid in sorted(set(rows) - attachments):
            self.complain(at, "ATTACHMENT_ROW_ALONE", f"a row for 0x{nid:x}, which is not there")
        for nid in sorted(attachments & set(rows)):
            if nid in below:
                self.cells(at, "ATTACHMENT_CELL", f"attachment 0x{nid:x}", table, rows[nid], below[nid])

    def attachment(self, at, own):
        self.lacking(at, "ATTACHMENT_PROPERTY", own, ATTACHMENT)
        if not own.sound:
            return
        method = own.number(ATTACH_METHOD)
        if method in (BY_VALUE, EMBEDDED, OLE) and not own.has(ATTACH_DATA, *((0x102,) if method == 1 else (0x0D,))):
            self.complain(at, "ATTACHMENT_DATA", f"method {method}, no data")
        size = own.number(ATTACH_SIZE)
        if method in (BY_VALUE, EMBEDDED) and None not in own.values.values():
            sum_ = sum(u32(value, 4) if tag == ATTACH_OBJECT else len(value) for tag, value in own.values.items())
            if far(size, sum_):
                self.complain(at, "ATTACHMENT_SIZE", f"size {size}, its properties have {sum_}", count=sum_)

    def weight(self, data, sub, depth=0):
        """The bytes of all data blocks of a node and below it; None when that cannot be known."""
        if (data, sub) not in self.weights:
            self.weights[data, sub] = None
            try:
                if depth < 3 * NESTING:
                    whole = sum(self.proven(bid) for bid in (self.store.leaves(data) if data else ()))
                    below = [self.weight(*pair, depth + 1) for pair in self.store.subnodes(sub).values()]
                    self.weights[data, sub] = None if None in below else whole + sum(below)
            except Unreadable:
                pass
        return self.weights[data, sub]

    def proven(self, bid):
        block = self.store.block(bid)
        if self.store.wrong(block):
            raise Unreadable(self.store.wrong(block))
        return block.inflated

    def cells(self, at, code, who, table, row, own, others=None):
        """A row says what its object says, of all columns that objects have; others: codes for some of them."""
        for tag in sorted({column[0] for column in table.columns}) if own.sound else ():
            cell, value = row.get(tag, "absent"), own.values.get(tag, "absent")
            if value == "absent" and own.has(tag >> 16):
                continue                                # the object has it in another type
            if tag >> 16 not in self.row_only and None not in (cell, value) and cell != value:
                text = f"cell {tag:08x} of {who} is {show(cell)}, it says {show(value)}"
                self.complain(at, (others or {}).get(tag, code), text, tag)


def kind_of(nid, sub):
    """What a node or, with sub, a subnode has to be: the method of Layers that judges it."""
    kind = nid & 31
    if kind == 5 and not sub:                           # attachments are inside messages
        return None
    if kind in PROPERTY_TYPES or nid == SUB_PROPERTIES and sub or nid in PROPERTY_CONTEXTS and not sub:
        return "context"
    if kind in TABLE_TYPES:
        return "table"
    if (nid in MAPS or kind in MAP_TYPES) and not sub:
        return "map"
    return "heap" if nid in (SENDERS, CONVERSATIONS) and sub else None


def embedded_in(attachment):
    """The id of the message that is the object in an attachment; None when there is none."""
    value = attachment.values.get(ATTACH_OBJECT)
    return u32(value, 0) if attachment.number(ATTACH_METHOD) == EMBEDDED and value else None


def leads_to(heap, nid, value):
    """The ids in an entry of a map.  That of a conversation has a list of them; one that is not there has none."""
    if nid != MESSAGE_INDEX:
        return [int.from_bytes(value, "little")]
    try:
        data = heap.value(u32(value, 0)) or b""
    except Unreadable:
        return []
    return [u32(data, at) for at in range(0, len(data) - 3, 4)]


def own_heaps(heap):
    """Subnodes of the type of internal nodes, but for those with fixed ids."""
    return {nid for nid in heap.subnodes if nid & 31 == 1} - FIXED_SUBNODES


def has_columns_apart(heap):
    """Is a table of results, or was it before its header was damaged, one whose columns have heaps of their own?"""
    return heap.client == COLUMNS_APART or bool(own_heaps(heap))


def recipients_of(table):
    """The number of recipients of each kind; None when a row does not tell kind or name."""
    out = Counter()
    for row in table.rows.values():
        kind, (_, name) = row.get(KIND), text_of(row, DISPLAY_NAME)
        if kind is None or u32(kind, 0) > max(DISPLAYS.values()) or name is None:
            return None
        out[u32(kind, 0)] += names_in(name)
    return out


def names_in(text):
    """Names are joined by semicolons, and some have one themselves."""
    return 1 + text.count("; ")


def far(said, found):
    """Newer Outlook counts exactly, others count otherwise; but not twice as much, nor half."""
    return None not in (said, found) and not found <= 2 * said <= 4 * found


def show(value):
    return value if isinstance(value, str) else f"{value[:24].hex()} ({len(value)})"
