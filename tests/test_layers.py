"""Heaps, tables, folders and messages of real files: what the judge says of them stands here, and check says the same.

And the judge itself: sharp on damage, each time at the right place, and never at a loss.
"""

import random
import struct
from collections import Counter
from functools import lru_cache

import pytest

from image.builder import store
from image.damage import Image
from image.reader import Store, judge_layers
from judges import Tool
from test_list import CORPUS, SAMPLES
from test_problems import CASES, MODULES, ROWS, is_above, of_format, problem_of

FORMATS = ("ansi", "unicode", "unicode4k")


def key(complaint):
    return complaint.code, complaint.nid, complaint.sub, complaint.tag


def complaints_of(source, severity="error"):
    """{(problem, node, subnode, tag)}; row versions apart, of which only the number is certain."""
    found = [each for each in judge_layers(Store(source)) if each.severity == severity]
    versions = sum(each.count for each in found if each.code == "TC_ROW_VERSION")
    return {key(each) for each in found if each.code != "TC_ROW_VERSION"}, versions


# real files ----------------------------------------------------------------------------------------------


def exchange():
    """gopst-support.pst, written by Exchange."""
    # levels of free space, of a second block and of one just at the limit between two levels
    yield "HEAP_FILL", 0x200184, 0x692, 0
    yield "HEAP_FILL", 0x2001A4, 0, 0
    # 25 in the header; the rows of a table of recipients have versions up to 429
    yield "HEADER_UNIQUE", 0, 0, 0
    # folders have those counts that are not 0, and none says whether it has subfolders (0x8282 has three)
    for nid in range(0x8082, 0x8302, 0x20):
        for tag in (0x36020003, 0x36030003, 0x360A000B):
            if (nid, tag) not in ((0x8122, 0x36020003), (0x8242, 0x36020003)):
                yield "FOLDER_PROPERTY", nid, 0, tag


def other_software():
    """enron.pst: its writer left items behind without counting them, and hashed names in its own way."""
    # the search folder has no table of results
    yield "FOLDER_TABLE", 0x2223, 0, 0
    # levels of both blocks of the largest contents table
    yield "HEAP_FILL", 0x812E, 0, 0
    # the tables of recipients of all 71 messages have one to six empty items and a cFree of 0
    for nid in range(0x200024, 0x2008E5, 0x20):
        yield "HEAP_FREED", nid, 0x692, 0
    # 17 names that are strings are in other buckets than their checksum says
    for number in (0, 1, 11, 12, 15, 18, 28, 123, 126, 130, 131, 141, 148, 160, 161, 162, 164):
        yield "NAME_BUCKET", 0x61, 0, 0x8000 + number << 16


# file -> complaints above a note, and how many rows have a version that another row has as well
REAL = {
    "gopst-support.pst": (set(exchange()), 982),        # 1117 rows have 135 versions
    "enron.pst": (set(other_software()), 199),          # 279 rows have 80
}
# nodes of newer Outlook that older files do without
OLD = {("STORE_NODE_USUAL", nid, 0, 0) for nid in (0x6B6, 0x6D7, 0x6F8, 0xC01)}
# file -> notes
NOTES = {
    "gopst-32-bit.pst": OLD,
    "libyal-outlook.pst": OLD,
    "enron.pst": OLD | {("STORE_NODE_USUAL", nid, 0, 0) for nid in (0x261, 0x64C)},
    # Outlook 2007 counts these small messages as less than half of their blocks
    "jlibpst-dist-list.pst": {("MESSAGE_SIZE", nid, 0, 0) for nid in (0x200044, 0x200064)},
    # rows that say what the message was before its last change
    "pstsdk-submessage.pst": {("MESSAGE_CELL_SIZE", 0x200024, 0, 0x0E080003)},
    "pstextractortest@outlook.com.ost":
        {("MESSAGE_CELL_SIZE", nid, 0, 0x0E080003) for nid in (0x201B04, 0x201BA4, 0x201C04, 0x201CC4)}
        # counts of hidden messages: 11 of 13, 0 of 2, 2 of 6
        | {("FOLDER_HIDDEN", nid, 0, 0x36170003) for nid in (0x2182, 0x8162, 0x8182)},
}


@pytest.fixture
def path(request, name):
    return request.getfixturevalue("corpus" if name in CORPUS else "samples") / name


@pytest.mark.parametrize("name", [*CORPUS, *SAMPLES])
def test_real(name, path):
    assert complaints_of(path) == REAL.get(name, (set(), 0))
    assert complaints_of(path, "note") == (NOTES.get(name, set()), 0)


# problems of lower layers of which the judge of the upper ones knows
JUDGED_BELOW = {"HEADER_UNIQUE", "NODE_PARENT"}


def is_judged(problem):
    return is_above(problem) or problem in JUDGED_BELOW


def findings_of(pstfix, path, *severities):
    """The same of check."""
    found = [line for line in Tool(pstfix).json("check", "--verbose", path).findings
             if line["severity"] in severities
             and (0x0801 <= int(line["code"], 16) < 0x0E00 or line["problem"] in JUDGED_BELOW)]
    versions = sum(line["count"] for line in found if line["problem"] == "TC_ROW_VERSION")
    return {(line["problem"], *(line.get(field, 0) for field in ("nid", "sub", "tag")))
            for line in found if line["problem"] != "TC_ROW_VERSION"}, versions


def check_agrees(pstfix, path):
    assert findings_of(pstfix, path, "lossless", "loss") == complaints_of(path)
    assert findings_of(pstfix, path, "note") == complaints_of(path, "note")


@pytest.mark.parametrize("name", [*CORPUS, *SAMPLES])
def test_check_agrees(name, path, pstfix):
    check_agrees(pstfix, path)


# damage --------------------------------------------------------------------------------------------------

# In these stores: folders, the tables of the first, its first message, and one that has a message in an attachment
TOP, FOLDER, HIERARCHY, CONTENTS, MESSAGE, CARRIER = 0x8022, 0x80A2, 0x802D, 0x80AE, 0x200024, 0x2000A4
ATTACHMENT, RECIPIENTS, ATTACHMENTS = 0x8025, 0x692, 0x671
NAME, COUNT, UNREAD, SUBFOLDERS = 0x3001, 0x3602, 0x3603, 0x360A


class Part:
    """A block of a heap to be edited: items by number, records of a property context, cells of a table."""

    def __init__(self, image, nid, *subnodes, block=0):
        data, sub = image.node(nid).data, image.node(nid).sub
        for below in subnodes:
            data, sub = image.store.subnodes(sub)[below]
        self.image, self.block = image, image.block(list(image.store.leaves(data))[block])
        self.data = bytearray(self.block.data)

    def done(self):
        self.block.write(bytes(self.data))

    def u16(self, at):
        return struct.unpack_from("<H", self.data, at)[0]

    @property
    def map(self):
        return self.u16(0)

    def item(self, number):
        return self.u16(self.map + 2 + 2 * number)

    def put(self, at, value, size=1):
        self.data[at:at + size] = value if isinstance(value, bytes) else value.to_bytes(size, "little")
        self.done()

    def record(self, prop):
        """Where the record of a property is; they are the second item."""
        start, end = self.item(2), self.item(3)
        return next(at for at in range(start, end, 8) if self.u16(at) == prop)

    def value(self, prop):
        """Where the value of a property is, in this block."""
        number = struct.unpack_from("<I", self.data, self.record(prop) + 4)[0] >> 5
        return self.item(number)

    def swap(self, at, other, size):
        self.data[at:at + size], self.data[other:other + size] = self.data[other:other + size], self.data[at:at + size]
        self.done()

    def column(self, prop):
        """Where the descriptor of a column is; they are in the second item."""
        at = self.item(2) + 22
        return next(at + 8 * i for i in range(self.data[at - 21]) if self.u16(at + 8 * i + 2) == prop)

    def cell(self, row, prop):
        """Where a cell of a small table is: its rows are the fourth item."""
        return self.item(4) + row * self.u16(self.item(2) + 8) + self.u16(self.column(prop) + 4)


def widen(image):
    """Two bytes more before the page map of a folder's heap."""
    part = Part(image, FOLDER)
    at = part.map
    part.data[at:at] = bytes(2)
    part.put(0, at + 2, 2)


def cut_row_index(image):
    """The row index of the root's hierarchy table names its first row twice, and its last not at all."""
    part = Part(image, 0x12D)
    width = part.item(4) - part.item(3)
    step = 6 if image.format.word == 4 else 8
    part.put(part.item(3) + width - step + 4, bytes(part.data[part.item(3) + 4:part.item(3) + step]), step - 4)


def no_records(image):
    """A folder's properties without a root, and without the order of their records."""
    part = Part(image, FOLDER)
    part.put(part.item(1) + 4, 0, 4)
    part.swap(part.record(COUNT), part.record(UNREAD), 8)


def no_rows(*nids):
    """A table without index and rows; its heap is what it was."""
    def edit(image):
        part = Part(image, *nids)
        part.put(part.item(1) + 4, 0, 4)
        part.put(part.item(2) + 14, 0, 4)
    return edit


def half_row(image):
    """By the head of a hierarchy table its rows are larger than they are: two and some bytes instead of three."""
    part = Part(image, HIERARCHY)
    bits = part.data[part.item(2) + 1] + 7 >> 3
    part.put(part.item(2) + 8, part.u16(part.item(2) + 8) + 8, 2)
    part.put(part.item(2) + 6, part.u16(part.item(2) + 8) - bits, 2)


def two_names(image):
    """The name of a recipient reads like two."""
    part, text = Part(image, MESSAGE, RECIPIENTS), "; ".encode(image.format.encoding)
    hid = struct.unpack_from("<I", part.data, part.cell(0, NAME))[0]
    part.put(part.item(hid >> 5), text, len(text))


def outgoing(table):
    """The table of outgoing messages has the rows of another, with the versions that they have there."""
    return lambda image: image.nbt.set(0x64C, data=image.node(table).data)


def entry_id(prop, *edits):
    """One more entry id of the store: the value of another property."""
    def edit(image):
        part = Part(image, 0x21)
        hid = bytes(part.data[part.record(prop) + 4:][:4])
        part.put(part.record(0x35DF), struct.pack("<HH", 0x3416, 0x0102) + hid, 8)
        for other in edits:
            other(image)
    return edit


def reparent(nid, parent):
    return lambda image: image.nbt.set(nid, parent=parent)


def patch(nid, old, new):
    """Other bytes in a node's first block; text in the encoding of the format."""
    def edit(image):
        encoded = [each if isinstance(each, bytes) else each.encode(image.format.encoding) for each in (old, new)]
        block = image.node_block(nid)
        assert encoded[0] in block.data
        block.write(block.data.replace(*encoded, 1))
    return edit


def part(edit, *nids):
    return lambda image: edit(Part(image, *nids))


def delete(nid):
    """Without a node, and no block counts it any more."""
    def edit(image):
        for bid in (image.node(nid).data, image.node(nid).sub):
            if bid:
                image.bbt.set(bid & ~1, cref=image.block(bid & ~1).cref - 1)
        image.nbt.remove(nid)
    return edit


# what is done -> all that the judge says: problem, node, subnode
DAMAGE = {
    "map outside": (part(lambda p: p.put(0, 0xFFF0, 2), FOLDER), ("HEAP_MAP", FOLDER, 0)),
    "items descend": (part(lambda p: p.put(p.map + 8, 1, 2), FOLDER), ("HEAP_MAP", FOLDER, 0)),
    "a gap": (widen, ("HEAP_GAP", FOLDER, 0)),
    "cFree": (part(lambda p: p.put(p.map + 2, 1, 2), FOLDER), ("HEAP_FREED", FOLDER, 0)),
    "cFree of a subnode": (part(lambda p: p.put(p.map + 2, 1, 2), MESSAGE, RECIPIENTS),
                           ("HEAP_FREED", MESSAGE, RECIPIENTS)),
    "fill level": (part(lambda p: p.put(8, 7), FOLDER), ("HEAP_FILL", FOLDER, 0)),
    "records swapped": (part(lambda p: p.swap(p.record(COUNT), p.record(UNREAD), 8), FOLDER), ("BTH_ORDER", FOLDER, 0)),
    "a key twice": (part(lambda p: p.put(p.record(COUNT), UNREAD, 2), FOLDER), ("BTH_DUPLICATE", FOLDER, 0)),
    "no records": (part(lambda p: p.put(p.item(1) + 4, 0x7E0, 4), FOLDER), ("BTH_ITEM", FOLDER, 0)),
    "no root": (part(lambda p: p.put(p.item(1) + 4, 0, 4), FOLDER), ("BTH_ROOT", FOLDER, 0)),
    "no root, nor order of records": (no_records, ("BTH_EMPTY", FOLDER, 0)),
    "no root, index and rows": (no_rows(CONTENTS), ("FOLDER_COUNT", FOLDER, 0), ("FOLDER_UNREAD", FOLDER, 0),
                                *(("MESSAGE_ROW_MISSING", nid, 0) for nid in (MESSAGE, 0x200084, 0x200104, 0x200164))),
    "no root, but rows": (part(lambda p: p.put(p.item(1) + 4, 0, 4), CONTENTS), ("TC_ROW_UNNAMED", CONTENTS, 0)),
    "no recipients any more": (no_rows(MESSAGE, RECIPIENTS), ("BTH_EMPTY", MESSAGE, RECIPIENTS)),
    "no attachments any more": (no_rows(MESSAGE, ATTACHMENTS), ("ATTACHMENT_ROW_MISSING", MESSAGE, 0)),
    "no map": (part(lambda p: p.put(3, 0xBC), 0xC01), ("BTH_HEADER", 0xC01, 0)),
    "no conversations": (part(lambda p: p.put(4, 0x7E0, 4), 0xE01), ("BTH_HEADER", 0xE01, 0)),
    "a conversation's message": (patch(0xE01, b"\x24\0\x20\0", b"\x24\0\x2f\0"), ("MAP_ALONE", 0xE01, 0)),
    "no list of a conversation": (part(lambda p: p.put(p.item(3) + 4, 0x7E0, 4), 0xE01),),
    "no properties": (part(lambda p: p.put(3, 0x7C), FOLDER), ("PC_UNREADABLE", FOLDER, 0)),
    "no tree": (part(lambda p: p.put(p.item(1) + 2, 5), FOLDER), ("PC_UNREADABLE", FOLDER, 0)),
    "a type": (part(lambda p: p.put(p.record(COUNT) + 2, 0x0B03, 2), FOLDER), ("PC_TYPE", FOLDER, 0)),
    "no value": (part(lambda p: p.put(p.record(NAME) + 4, 0x7E0, 4), FOLDER), ("PC_VALUE_MISSING", FOLDER, 0)),
    "no time": (part(lambda p: p.put(p.record(0x3007) + 4, 0, 4), MESSAGE), ("PC_VALUE_MISSING", MESSAGE, 0)),
    "another type": (part(lambda p: p.put(p.record(0x300B) + 2, 0x40, 2), MESSAGE), ("PC_TYPE_WRONG", MESSAGE, 0)),
    "truth": (part(lambda p: p.put(p.record(SUBFOLDERS) + 4, 7), FOLDER),
              ("PC_BOOL", FOLDER, 0), ("FOLDER_CELL", TOP, 0)),
    "no table": (part(lambda p: p.put(3, 0xBC), CONTENTS), ("TC_UNREADABLE", CONTENTS, 0)),
    "no recipients": (part(lambda p: p.put(3, 0xBC), MESSAGE, RECIPIENTS),
                      ("RECIPIENTS_UNREADABLE", MESSAGE, RECIPIENTS)),
    "a column's bit": (part(lambda p: p.put(p.column(0x0E17) + 7, 0), CONTENTS), ("TC_COLUMN", CONTENTS, 0)),
    "a column's width": (part(lambda p: p.put(p.column(0x0E17) + 6, 8), CONTENTS), ("TC_COLUMN", CONTENTS, 0)),
    "no column of versions": (part(lambda p: p.put(p.column(0x67F3) + 2, 0x77F3, 2), HIERARCHY),
                              ("TC_COLUMN", HIERARCHY, 0)),
    "ends": (part(lambda p: p.put(p.item(2) + 8, 200, 2), CONTENTS), ("TC_ENDS", CONTENTS, 0)),
    "no rows": (part(lambda p: p.put(p.item(2) + 14, 0x7E0, 4), 0x12D), ("TC_MATRIX", 0x12D, 0)),
    "a row's id": (part(lambda p: p.put(p.item(4), 0x8082, 4), HIERARCHY), ("TC_ROW_ID", HIERARCHY, 0)),
    "a row twice": (cut_row_index, ("TC_ROW_TWICE", 0x12D, 0), ("TC_ROW_UNNAMED", 0x12D, 0)),
    "no recipient's cell": (part(lambda p: p.put(p.cell(0, NAME), 0x7E0, 4), MESSAGE, RECIPIENTS),
                            ("RECIPIENT_CELL", MESSAGE, RECIPIENTS)),
    "a column of recipients": (part(lambda p: p.put(p.column(0x0C15) + 7, 0), MESSAGE, RECIPIENTS),
                               ("RECIPIENT_COLUMN", MESSAGE, RECIPIENTS)),
    "no cell": (part(lambda p: p.put(p.cell(0, NAME), 0x7E0, 4), HIERARCHY), ("TC_CELL", HIERARCHY, 0)),
    "half a row": (half_row, *((problem, HIERARCHY, 0) for problem in ("TC_ROW_SIZE", "TC_ROW_MISSING", "TC_ROW_ID"))),
    "a version": (part(lambda p: p.put(p.cell(1, 0x67F3), p.data[p.cell(0, 0x67F3)], 4), HIERARCHY),
                  ("TC_ROW_VERSION", HIERARCHY, 0)),
    "dwUnique": (lambda image: image.header.set(dwUnique=3), ("HEADER_UNIQUE", 0, 0)),
    "the root's parent": (reparent(0x122, TOP), ("NODE_PARENT", 0x122, 0)),
    "a table's parent": (reparent(CONTENTS, FOLDER), ("NODE_PARENT", CONTENTS, 0)),
    "a parent of names": (reparent(0x61, 0x21), ("NODE_PARENT", 0x61, 0)),
    "the head of a search's queue": (reparent(0x2226, 40),),
    "a search's criteria in the search": (reparent(0x2227, 0x2223), ("NODE_PARENT", 0x2227, 0)),
    "a folder's parent": (reparent(FOLDER, 0x9002), ("FOLDER_PARENT", FOLDER, 0), ("FOLDER_ROW_ALONE", TOP, 0)),
    "a circle": (reparent(FOLDER, FOLDER), ("FOLDER_CYCLE", FOLDER, 0), ("FOLDER_ROW_ALONE", TOP, 0)),
    "a circle of two": (reparent(FOLDER, 0x80C2), ("FOLDER_CYCLE", FOLDER, 0), ("FOLDER_CYCLE", 0x80C2, 0),
                        ("FOLDER_ROW_ALONE", TOP, 0), ("FOLDER_ROW_MISSING", 0x80C2, 0)),
    "no hidden messages": (lambda image: image.nbt.remove(FOLDER & ~31 | 0x0F), ("FOLDER_TABLE", FOLDER, 0)),
    "an unnamed folder": (part(lambda p: p.put(p.record(NAME), 0x3000, 2), FOLDER), ("FOLDER_PROPERTY", FOLDER, 0),
                          ("FOLDER_CELL", TOP, 0)),
    "a folder's name": (patch(HIERARCHY, "Folder 1", "Holder 1"), ("FOLDER_CELL", TOP, 0)),
    "a count": (part(lambda p: p.put(p.record(COUNT) + 4, 9), FOLDER),
                ("FOLDER_COUNT", FOLDER, 0), ("FOLDER_CELL", TOP, 0)),
    "unread": (part(lambda p: p.put(p.record(UNREAD) + 4, 9), FOLDER),
               ("FOLDER_UNREAD", FOLDER, 0), ("FOLDER_CELL", TOP, 0)),
    "no subfolders": (part(lambda p: p.put(p.record(SUBFOLDERS) + 4, 0), FOLDER), ("FOLDER_SUBFOLDERS", FOLDER, 0),
                      ("FOLDER_CELL", TOP, 0)),
    "a message's parent": (reparent(MESSAGE, 0x9002), ("MESSAGE_PARENT", MESSAGE, 0), ("MESSAGE_ROW_ALONE", FOLDER, 0)),
    "another parent": (reparent(MESSAGE, TOP), ("MESSAGE_ROW_MISSING", MESSAGE, 0), ("MESSAGE_ROW_ALONE", FOLDER, 0)),
    "a message gone": (delete(MESSAGE), ("MESSAGE_ROW_ALONE", FOLDER, 0),
                       ("MAP_ALONE", 0xE01, 0)),
    "a flag": (part(lambda p: p.put(p.record(0x0017) + 4, 2), MESSAGE), ("MESSAGE_CELL", MESSAGE, 0)),
    "a size": (part(lambda p: p.put(p.record(0x0E08) + 4, 1, 4), MESSAGE), ("MESSAGE_CELL_SIZE", MESSAGE, 0),
               ("MESSAGE_SIZE", MESSAGE, 0)),
    "no search key": (part(lambda p: p.put(p.record(0x300B), 0x300C, 2), MESSAGE), ("MESSAGE_PROPERTY", MESSAGE, 0)),
    "no attachments": (part(lambda p: p.put(p.record(0x0E07) + 4, p.data[p.record(0x0E07) + 4] & ~0x10), MESSAGE),
                       ("MESSAGE_FLAG", MESSAGE, 0), ("MESSAGE_CELL", MESSAGE, 0)),
    "one name less": (patch(MESSAGE, "; ", ", "), ("MESSAGE_DISPLAY_TO", MESSAGE, 0), ("MESSAGE_CELL", MESSAGE, 0)),
    "one name more": (two_names, ("MESSAGE_DISPLAY_TO", MESSAGE, 0)),
    "a recipient's kind": (part(lambda p: p.put(p.cell(2, 0x0C15), 3), MESSAGE, RECIPIENTS),
                           ("MESSAGE_DISPLAY_TO", MESSAGE, 0)),
    "a kind of recipient unheard of": (part(lambda p: p.put(p.cell(2, 0x0C15), 4), MESSAGE, RECIPIENTS),),
    "an attachment's row": (part(lambda p: [p.put(p.item(i), 0x9005, 4) for i in (3, 4)], MESSAGE, ATTACHMENTS),
                            ("ATTACHMENT_ROW_MISSING", MESSAGE, 0), ("ATTACHMENT_ROW_ALONE", MESSAGE, 0)),
    "rendering": (part(lambda p: p.put(p.record(0x370B) + 4, 1, 4), MESSAGE, ATTACHMENT),
                  ("ATTACHMENT_CELL", MESSAGE, 0)),
    "no method": (part(lambda p: p.put(p.record(0x3705), 0x3706, 2), MESSAGE, ATTACHMENT),
                  ("ATTACHMENT_PROPERTY", MESSAGE, ATTACHMENT), ("ATTACHMENT_CELL", MESSAGE, 0)),
    "another method": (part(lambda p: p.put(p.record(0x3705) + 4, 5), MESSAGE, ATTACHMENT),
                       ("ATTACHMENT_DATA", MESSAGE, ATTACHMENT), ("ATTACHMENT_CELL", MESSAGE, 0)),
    "an attachment's size": (part(lambda p: p.put(p.record(0x0E20) + 4, 1, 4), MESSAGE, ATTACHMENT),
                             ("ATTACHMENT_SIZE", MESSAGE, ATTACHMENT), ("ATTACHMENT_CELL", MESSAGE, 0)),
    "a node of the frame": (delete(0x692), ("STORE_NODE", 0x692, 0)),
    "no names": (delete(0x61), ("STORE_NAMES", 0x61, 0)),
    "a bucket": (part(lambda p: p.put(p.item(3) - 6, 3, 2), 0x61), ("NAME_BUCKET", 0x61, 0)),
    "a name": (part(lambda p: p.put(p.value(0x0003) + 6, 7, 2), 0x61), ("NAME_ENTRY", 0x61, 0)),
    "fewer names": (part(lambda p: p.put(p.record(0x0003) + 4, 0, 4), 0x61), ("NAME_STRAY", 0x61, 0),
                    *(("NAME_UNKNOWN", MESSAGE + 32 * i, 0) for i in (2, 8))),       # one between has another inside
    "a search": (patch(0x201, b"\x23\x22\0\0", b"\x43\x22\0\0"), ("SEARCH_LIST", 0x201, 0),
                 ("SEARCH_UNLISTED", 0x2223, 0)),
    "a search's type": (patch(0x201, b"\x23\x22\0\0", b"\x24\x22\0\0"), ("SEARCH_LIST", 0x201, 0),
                        ("SEARCH_UNLISTED", 0x2223, 0)),
    "no list of searches": (lambda image: image.nbt.set(0x201, data=0),),
    "a search's queue": (lambda image: image.nbt.remove(0x2226), ("SEARCH_NODE", 0x2223, 0)),
    "a search's criteria": (delete(0x2227), ("SEARCH_NODE", 0x2223, 0)),
    "outgoing messages": (outgoing(CONTENTS), ("TC_COLUMN_MISSING", 0x64C, 0), ("TC_ROW_VERSION", CONTENTS, 0)),
    "outgoing folders": (outgoing(HIERARCHY), ("OUTGOING_ROW_ALONE", 0x64C, 0), ("TC_COLUMN_MISSING", 0x64C, 0), ("TC_ROW_VERSION", HIERARCHY, 0)),
    "receive folder": (patch(0x62B, b"\x22\x01\0\0", b"\x62\x01\0\0"), ("RECEIVE_FOLDER", 0x62B, 0)),
    "an entry id": (patch(0x21, b"\x62\x80\0\0", b"\x62\x90\0\0"), ("STORE_ENTRY_ID", 0x21, 0)),
    "one more entry id": (entry_id(0x35E6),),
    "one more to nowhere": (entry_id(0x35E6, patch(0x21, b"\x82\x80\0\0", b"\x82\x90\0\0")),
                            ("STORE_ENTRY_ID", 0x21, 0)),
    "one more of another store": (entry_id(0x0E34),),
    "one more of another size": (entry_id(0x0FF9),),
    "no entry id": (part(lambda p: p.put(p.record(0x35E3), 0x35E4, 2), 0x21), ("STORE_PROPERTY", 0x21, 0)),
    "no queue": (delete(0x64C), ("STORE_NODE_USUAL", 0x64C, 0)),
    "a folder gone": (delete(0x8062), ("FOLDER_ROW_ALONE", TOP, 0), ("STORE_ENTRY_ID", 0x21, 0),
                      *(("NODE_ALONE", 0x8060 | kind, 0) for kind in (0x0D, 0x0E, 0x0F))),
}


# what OSTs are not asked for
OF_PST = {"STORE_ENTRY_ID", "STORE_PROPERTY", "STORE_NODE_USUAL"}


@lru_cache(maxsize=None)
def sound(fmt):
    return store(fmt)


def damaged(fmt, name, path):
    """-> what the judge is to say"""
    image = sound(fmt).copy()
    edit, *expected = DAMAGE[name]
    edit(image)
    path.write_bytes(image.sealed())
    return {each for each in expected if fmt != "unicode4k" or each[0] not in OF_PST}


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("name", DAMAGE)
def test_damage(fmt, name, tmp_path):
    expected = damaged(fmt, name, tmp_path / "in.pst")
    assert {(each.code, each.nid, each.sub) for each in judge_layers(Store(tmp_path / "in.pst"))} == expected


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("name", DAMAGE)
def test_check_agrees_on_damage(fmt, name, pstfix, tmp_path):
    damaged(fmt, name, tmp_path / "in.pst")
    check_agrees(pstfix, tmp_path / "in.pst")


# The results of a search in jlibpst-dist-list.pst, and the heap of one of its columns
RESULTS, COLUMN = 0x730, 0x8041
# what is done there -> all that the judge says above a note
APART = {
    "client": (part(lambda p: p.put(3, 0xBC), RESULTS, COLUMN), ("HEAP_CLIENT", RESULTS, COLUMN)),
    "signature": (part(lambda p: p.put(2, 0xED), RESULTS, COLUMN), ("HEAP_CLIENT", RESULTS, COLUMN)),
    "map": (part(lambda p: p.put(0, 0xFFF0, 2), RESULTS, COLUMN), ("HEAP_MAP", RESULTS, COLUMN)),
    "cFree": (part(lambda p: p.put(p.map + 2, 1, 2), RESULTS, COLUMN), ("HEAP_FREED", RESULTS, COLUMN)),
    "fill level": (part(lambda p: p.put(8, 7), RESULTS, COLUMN), ("HEAP_FILL", RESULTS, COLUMN)),
    "client of the table": (part(lambda p: p.put(3, 0x7C), RESULTS), ("HEAP_CLIENT", RESULTS, 0)),
    "signature of the table": (part(lambda p: p.put(2, 0xED), RESULTS), ("HEAP_CLIENT", RESULTS, 0)),
    "fill level of the table": (part(lambda p: p.put(8, 7), RESULTS), ("HEAP_FILL", RESULTS, 0)),
    "no columns": (part(lambda p: p.put(p.item(p.u16(4) >> 5) + 24, 0x9021, 4), RESULTS),
                   ("TC_UNREADABLE", RESULTS, 0)),
    "no row index": (part(lambda p: p.put(p.item(1), 0xB6), RESULTS), ("TC_UNREADABLE", RESULTS, 0)),
    "no rows": (part(lambda p: p.put(p.item(2) + 14, 0x7FE0, 4), RESULTS), ("TC_MATRIX", RESULTS, 0)),
    "a row's id": (part(lambda p: p.put(p.item(4), 0x20FFC4, 4), RESULTS), ("TC_ROW_ID", RESULTS, 0)),
    "ends": (part(lambda p: p.put(p.item(2) + 8, 0xE7, 2), RESULTS), ("TC_ENDS", RESULTS, 0)),
    "a version": (part(lambda p: p.put(p.item(4) + 4, 0x700000, 4), RESULTS), ("HEADER_UNIQUE", 0, 0)),
    "a column's bit": (part(lambda p: p.put(16 * 3 + 8, 0x1B), RESULTS, 0x8021), ("TC_COLUMN", RESULTS, 0, 0x0E2A000B)),
    "a folder": (part(lambda p: p.put(p.item(4) + 0x3C, 0x8022, 4), RESULTS),
                 ("MESSAGE_CELL", 0x200044, 0, 0x67F10003)),
    "an importance": (part(lambda p: p.put(p.item(4) + 230 + 0x4C, 9, 4), RESULTS),
                      ("MESSAGE_CELL", 0x200064, 0, 0x00170003)),
    "a subject": (part(lambda p: p.put(p.item(1) + 1, b"x"), RESULTS, 0x8121), ("MESSAGE_CELL", 0x200044, 0, 0x0037001F)),
    "a subject's place": (part(lambda p: p.put(p.item(4) + 0x54, 0x7E0, 4), RESULTS), ("TC_CELL", RESULTS, 0, 0x0037001F)),
}


@pytest.mark.parametrize("name, fmt", [case for case in CASES if is_judged(problem_of(case[0]))])
def test_agrees_on_problem(name, fmt):
    """The reader that shares no line with the library finds in these layers what check must find, notes aside."""
    module = MODULES[name]
    named = {*of_format(module, "EXPECT", fmt), *of_format(module, "FOLLOWS", fmt)}
    said = {complaint.code for complaint in judge_layers(Store(module.build(fmt))) if complaint.severity == "error"}
    assert {code for code in said if is_judged(code)} == \
        {code for code in named if is_judged(code) and ROWS[code][1] != "NOTE"}


@pytest.mark.parametrize("name", APART)
def test_columns_apart(name, corpus, pstfix, tmp_path):
    """Search results whose columns have heaps of their own: only real files have such."""
    image, (edit, expected) = Image.load(corpus / "jlibpst-dist-list.pst"), APART[name]
    edit(image)
    (tmp_path / "in.pst").write_bytes(image.sealed())
    assert complaints_of(tmp_path / "in.pst") == ({(*expected, 0)[:4]}, 0)
    check_agrees(pstfix, tmp_path / "in.pst")


@pytest.mark.parametrize("fmt", FORMATS)
def test_any_byte(fmt):
    """Whatever byte of a heap is changed, the judge comes to an end, and to the same end each time."""
    image, rng = store(fmt, messages=7, associated=1, embedded=2), random.Random(3)
    heaps = [bid for bid in image.store.blocks if not bid & 2 and image.block(bid).data[2:3] == b"\xec"]
    seen = Counter()
    for _ in range(60):
        other = image.copy()
        block = other.block(rng.choice(heaps))
        data = bytearray(block.data)
        data[rng.choice((rng.randrange(len(data)), rng.randrange(min(150, len(data)))))] ^= rng.randrange(1, 256)
        block.write(bytes(data))
        first, second = (judge_layers(Store(other.sealed())) for _ in range(2))
        assert first == second
        seen.update({complaint.code for complaint in first})
    assert len(seen) > 10
