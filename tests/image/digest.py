"""What a message says, whatever heaps, blocks and ids say it: to see whether it is the same after a repair.

    digests(store)      {nid: Said} of messages that have a property context, hidden ones too
    embedded(store)     [Said, ...] of messages in attachments
    earlier(store)      {nid: [Said, ...]} of what is not in the store any more, but in its free space

`Said.hash` is one SHA-256 over all properties, recipients, attachments and messages in them; `Said.facts` are the values
one by one, so that what is left of a message can be compared with what it was.
"""

import copy
import hashlib
import struct
from collections import Counter, namedtuple

from .disk import NESTING, Unreadable
from .format import NBT
from .tables import Table, property_context, u32

MESSAGE, ATTACHMENT, HIDDEN = 4, 5, 8
ATTACHMENTS, RECIPIENTS = 0x671, 0x692
OBJECT, FLAGS = 0x0D, 0x0E07

# Properties that are functions of others: a repair may set them right, and they are not compared.
RECOMPUTED = {0x0E08: "PidTagMessageSize", 0x0E1B: "PidTagHasAttachments", 0x0E20: "PidTagAttachSize",
              0x67F2: "PidTagLtpRowId", 0x67F3: "PidTagLtpRowVer"}
RECOMPUTED_FLAGS = 0x10         # of PidTagMessageFlags: there are attachments
LOST = None                     # in place of what cannot be read

# hash: of all; facts: Counter of (place, tag, value); place: "", "recipient ", "attachment message " and so on
Said = namedtuple("Said", "hash facts")


def digests(store, but=()):
    return {nid: said for nid, node in store.nodes.items() if nid & 31 in (MESSAGE, HIDDEN) and nid not in but
            if (said := _message(store, node.data, node.sub))}


def earlier(store):
    """{nid: what earlier versions of it said, and messages that were removed}, as far as leaves in free space tell, of
    blocks that are still there."""
    before, out, seen = copy.copy(store), {}, {(node.nid, node.data, node.sub) for node in store.nodes.values()}
    before.nodes, before.blocks, before._proofs = {}, {block.bid: block for block in store.freed()} | store.blocks, {}
    for entry in store.superseded(NBT):
        nid, data, sub = struct.unpack_from("<3" + store.format.W, entry)
        if nid & 31 in (MESSAGE, HIDDEN) and (nid, data, sub) not in seen:
            seen.add((nid, data, sub))
            out.setdefault(nid, []).extend(filter(None, [_message(before, data, sub)]))
    return out


def embedded(store):
    """What messages in attachments say, each as if it stood for itself."""
    queue = [node.sub for node in store.nodes.values() if node.nid & 31 in (MESSAGE, HIDDEN)]
    while queue:
        sub = queue.pop()
        for nid, (data, below) in (store.subnodes(sub) if sub else {}).items():
            if nid & 31 == MESSAGE:
                yield _message(store, data, below)
            if nid & 31 in (MESSAGE, ATTACHMENT):
                queue.append(below)


def facts_of(said):
    """Those that can be read."""
    return Counter({fact: count for fact, count in said.facts.items() if fact[2] is not LOST})


def properties(store, data, sub):
    """-> {tag: value} without what is recomputed, and the subnodes; None when there is no property context."""
    for below in (sub, 0):
        try:
            values, heap = property_context(store, data, below)
            return {tag: value for tag, value in values.items() if tag >> 16 not in RECOMPUTED}, heap.subnodes
        except (Unreadable, struct.error, IndexError):
            pass
    return None, {}


def _message(store, data, sub, place="", depth=0):
    values, subnodes = properties(store, data, sub)
    if values is None or depth > NESTING:
        return None
    facts = _facts(store, values, subnodes, place)
    attachments, rows = {nid for nid in subnodes if nid & 31 == ATTACHMENT}, _rows(store, subnodes, RECIPIENTS).values()
    listed = attachments == _rows(store, subnodes, ATTACHMENTS).keys()
    hashes = [_hash_of(facts), _hash(sorted(sorted(row.items()) for row in rows)), _hash(listed)]
    facts.update((f"{place}recipient ", tag, value) for row in rows for tag, value in row.items())
    below = [_attachment(store, *subnodes[nid], f"{place}attachment ", depth) for nid in attachments]
    return _said(hashes, facts, below)


def _attachment(store, data, sub, place, depth):
    values, subnodes = properties(store, data, sub)
    if values is None:
        return Said("", Counter([(place, 0, LOST)]))
    facts = _facts(store, values, subnodes, place)
    inner = [u32(value, 0) for tag, value in values.items() if tag & 0xFFFF == OBJECT and value]
    below = [_message(store, *subnodes[nid], f"{place}message ", depth + 1) or Said("", Counter([(place, 0, LOST)]))
             for nid in inner if nid & 31 == MESSAGE and nid in subnodes]
    return _said([_hash_of(facts)], facts, below)


def _said(hashes, facts, below):
    for said in below:
        facts.update(said.facts)
    return Said(_hash(hashes + sorted(said.hash for said in below)), facts)


def _facts(store, values, subnodes, place):
    facts = Counter()
    for tag, value in values.items():
        if tag >> 16 == FLAGS and value:
            value = bytes([value[0] & ~RECOMPUTED_FLAGS]) + value[1:]
        if tag & 0xFFFF == OBJECT and value:
            value = _object(store, u32(value, 0), subnodes)
        facts[place, tag, value] += 1
    return facts


def _object(store, nid, subnodes):
    """The data of an object that is no message; what is in one counts by itself."""
    try:
        data = subnodes[nid][0]
        return b"a message" if nid & 31 == MESSAGE else store.stream(data)
    except (Unreadable, KeyError):
        return None


def _rows(store, subnodes, nid):
    try:
        rows = Table(store, *subnodes[nid]).rows if nid in subnodes else {}
    except (Unreadable, struct.error, IndexError):
        return {}
    return {row: {tag: value for tag, value in cells.items() if tag >> 16 not in RECOMPUTED}
            for row, cells in rows.items()}


def _hash_of(facts):
    return _hash(sorted((place, tag, LOST if value is LOST else _hash(value)) for place, tag, value in facts))


def _hash(what):
    return hashlib.sha256(what if isinstance(what, bytes) else repr(what).encode()).hexdigest()
