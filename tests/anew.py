"""What a repair has made anew against what was there before: value by value, since the bytes are others."""

import struct

from image.known import DATA, is_known
from image.layers import ROW_ONLY
from image.reader import Table, Unreadable, property_context

FOLDERS, TABLES, MESSAGES, ATTACHMENT, RECIPIENTS = {0x02, 0x03}, {0x0D, 0x0E, 0x0F}, {0x04, 0x08}, 0x05, 0x692
OF_SEARCHES, RESULTS, MAPS = {0x06, 0x07, 0x10}, 0x10, {0x14, 0x15}
STORE, NAMES, ROOT = 0x21, 0x61, 0x122
OF_STORE = {STORE, NAMES, 0x1E1, 0x201, 0x261, 0x60D, 0x60E, 0x60F, 0x610, 0x614, 0x619, 0x62B, 0x64C, 0x671, 0x692, 0x6B6,
            0x6D7, 0x6F8}
NAME_STREAMS = (0x20102, 0x30102, 0x40102)
ROW_ID, ROW_VERSION, ROW_FOLDER, RECEIVES, RECORD_KEY = 0x67F20003, 0x67F30003, 0x67F10003, 0x66050003, 0x0FF90102
COUNTED = {0x3602, 0x3603, 0x360A, 0x3617, 0x6635}      # properties of folders that follow from their tables
FLAGS = {0x0E07, 0x0E1B}                                # and of messages, from their attachments
ABSENT, BOOL = object(), 0x000B


def may_be(nid):
    """Is it a node that a repair makes anew when it is wrong?"""
    return nid & 31 in FOLDERS | TABLES | MESSAGES | OF_SEARCHES | MAPS or nid in OF_STORE


def rows(store, data, sub):
    """{row id: {tag: value}} of a table, rows that are not sure left out; {} where it cannot be read."""
    try:
        table = Table(store, data, sub).rows
    except (Unreadable, IndexError, struct.error):
        return {}
    return {key: row for key, row in table.items() if row.get(ROW_ID) == key.to_bytes(4, "little")}


def properties(store, data, sub):
    """({tag: value}, {nid: (data, sub)} of the subnodes), as far as they can be read"""
    try:
        values, heap = property_context(store, data, sub)
        return values, heap.subnodes
    except (Unreadable, IndexError, struct.error):
        return {}, {}


def lacking(old, new, ignored=frozenset()):
    """Tags whose values in `old` are not in `new`.  All that is not false is true; a type that the property must not have
    may be another.  An empty record key is none."""
    return [f"{tag:08X}" for tag, value in old.items() if value is not None and tag >> 16 not in ignored
            and new.get(tag, ABSENT) != (bytes([value != b"\0"]) if tag & 0xFFFF == BOOL else value)
            and (is_known(tag) and tag >> 16 != DATA or value not in (new[other] for other in new if other >> 16 == tag >> 16))
            and (tag, value) != (RECORD_KEY, b"")]


def in_message(before, old, after, new, path):
    """Differences of a message or attachment, and of all below it."""
    old, old_subnodes = properties(before, *old)
    new, new_subnodes = properties(after, *new)
    out = [f"{path}: property {tag}" for tag in lacking(old, new, FLAGS)]
    for nid, place in old_subnodes.items():
        here, there = f"{path}/0x{nid:X}", new_subnodes.get(nid)
        if nid & 31 in MESSAGES | {ATTACHMENT}:
            out += in_message(before, place, after, there, here) if there else [f"{here} is gone"]
        elif nid == RECIPIENTS:
            table = rows(after, *there) if there else {}
            out += [f"{here}: row 0x{key:X}, cell {tag}" for key, row in rows(before, *place).items()
                    for tag in lacking(row, table.get(key, {}), {ROW_VERSION >> 16})]
    return out


def of_store(before, after, nid):
    """Entry ids of the store and hash buckets of the name map follow from the rest, lists have what is there; to the names
    more may have been added; where a receive folder is gone, another is there."""
    old, new = before.nodes[nid], after.nodes[nid]
    ignored = {0x3416} | set(range(0x35E0, 0x35E8)) if nid == STORE else {1} | set(range(0x1000, 0x10FB)) if nid == NAMES else set()
    values, table = properties(after, new.data, new.sub)[0], rows(after, new.data, new.sub)
    if nid == NAMES:
        before_, values = properties(before, old.data, old.sub)[0], dict(values)
        values.update({tag: before_[tag] for tag in NAME_STREAMS if (values.get(tag) or b"").startswith(before_.get(tag) or b"-")})
    out = [f"0x{nid:X}: property {tag}" for tag in lacking(properties(before, old.data, old.sub)[0], values, ignored)]
    return out + [f"0x{nid:X}: row 0x{key:X}, cell {tag}" for key, row in rows(before, old.data, old.sub).items()
                  for tag in lacking(row, table.get(key, {}), {ROW_VERSION >> 16} | redirected(after, row, table.get(key, {})))]


def redirected(after, old, new):
    """The id of the cell that names a receive folder, if that is not there and the new one is."""
    was, is_ = (int.from_bytes(row.get(RECEIVES) or b"", "little") for row in (old, new))
    return {RECEIVES >> 16} if RECEIVES in old and was not in after.nodes and is_ in after.nodes and is_ & 31 == 2 else set()


def of_results(before, after, nid):
    """All rows of search results are there; cells are those that were there, or what the message says now."""
    old, new, out = before.nodes[nid], after.nodes[nid], []
    table = rows(after, new.data, new.sub)
    for key, row in rows(before, old.data, old.sub).items():
        says = {}
        if key in after.nodes:
            message = after.nodes[key]
            says = {**properties(after, message.data, message.sub)[0], ROW_FOLDER: message.parent.to_bytes(4, "little")}
        out += [f"0x{nid:X}: row 0x{key:X}, cell {tag:08X}" for tag, value in row.items()
                if tag != ROW_VERSION and table.get(key, {}).get(tag, ABSENT) not in (value, says.get(tag, ABSENT))]
    return out


def differences(before, after, nid):
    """[what a node made anew no longer says]: properties of a folder, but for counts; of each row that is still there,
    cells that only rows have; everything in a message, but for flags and the table of attachments."""
    old, new = before.nodes[nid], after.nodes[nid]
    if nid & 31 in FOLDERS:
        values, _ = properties(after, new.data, new.sub)
        return [f"0x{nid:X}: property {tag}" for tag in lacking(properties(before, old.data, old.sub)[0], values, COUNTED)]
    if nid & 31 in MESSAGES:
        return in_message(before, old[1:3], after, new[1:3], f"0x{nid:X}")
    if nid & 31 == RESULTS and nid not in OF_STORE:
        return of_results(before, after, nid)
    if nid in OF_STORE or nid & 31 in OF_SEARCHES:
        return of_store(before, after, nid)
    table = rows(after, new.data, new.sub)
    return [f"0x{nid:X}: row 0x{key:X}, cell {tag:08X}" for key, row in rows(before, old.data, old.sub).items() if key in table
            for tag, value in row.items() if tag >> 16 in ROW_ONLY and tag not in (ROW_ID, ROW_VERSION)
            and table[key].get(tag, ABSENT) != value]
