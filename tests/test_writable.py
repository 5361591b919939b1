"""What a repair of contents must be able to write, on real files and on made ones: counters at their ends, folders and tables
in each other's place, lists that go.  Each was refused once."""

import pytest

from image.reader import Store, Table
from test_repair import MADE, REAL, Repaired, folder, load, make  # noqa: F401

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
def test_writable(what, tool, folder, corpus):     # noqa: F811
    name, hurt = WRITABLE[what]
    files = {**REAL, "unicode-top": "pstsdk-test_unicode.pst"}
    source = make(name) if name in MADE else load(corpus / files[name])
    image = source.image.copy()
    hurt(image)
    data = image.sealed()
    repaired = Repaired(tool, folder, data)
    assert repaired.written, repaired.run.err
    repaired.laws()
    result = Store(repaired.out)
    left = {bid for nid in source.blocks.keys() - result.nodes.keys() for bid in source.blocks[nid]}
    assert left - source.damaged_blocks(data) <= result.blocks.keys(), "blocks of nodes that nothing names are dropped"
