"""Drafts: a store can be changed above the node database before it is written, and is sound below."""

import pytest
from image.builder import store
from image.reader import Store, judge

FORMATS = ("ansi", "unicode", "unicode4k")
VARIANTS = {
    "default": {},
    "xblock": dict(x_fill=2),
    "siblock": dict(sl_fill=3, subnodes=7),
    "compressed": dict(compress=True, crypt=0),
    "nested": dict(embedded=3, messages=5, associated=2),
    "many rows": dict(messages=45, folders=1),
}


def everything(draft):
    """Paths of all nodes and subnodes."""
    queue = [(nid,) for nid in draft.nodes]
    while queue:
        path = queue.pop()
        yield path
        queue += [(*path, nid) for nid in draft.subnodes(*path)]


def write_all(draft):
    """Put everything where it is already."""
    for path in list(everything(draft)):
        parts = draft.parts(*path)
        if not parts or parts[0][2:3] != b"\xec":
            continue
        heap = draft.heap(*path)
        for hid in heap.hids():
            heap.set(hid, heap.item(hid))
        if heap.client == 0xBC:
            write_context(draft.pc(*path))
        if heap.client == 0x7C:
            write_table(draft.table(*path))
    for nid in list(draft.nodes):
        draft.set_subnodes((nid,), draft.subnodes(nid))
        if nid & 31 in (4, 8):
            draft.weigh(nid)


def write_context(pc):
    pc.put(pc.records())
    for prop, _, _ in pc.records():
        pc.change(prop)


def write_table(table):
    table.set_info()
    table.put_rows(table.rows())
    table.put_numbers(table.numbers())
    for row in list(table.numbers())[:3]:
        for tag, *_ in table.columns:
            table.set_cell(row, tag >> 16, table.cell(row, tag >> 16))


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_same(fmt, variant):
    """What is written as it was is the same, to the byte; the sizes that messages have of themselves, too."""
    options = VARIANTS[variant]
    assert store(fmt, change=write_all, **options).sealed() == store(fmt, **options).sealed()


@pytest.mark.parametrize("fmt", FORMATS)
def test_sound_below(fmt):
    """Whatever is changed, checksums, indexes, maps and counts are right."""
    def change(draft):
        draft.remove(0x802F)
        draft.add((0x10_0002,), bytes(100_000), parent=0x8022)
        draft.write((0x80AE,), [b"no heap"])
        draft.remove(0x200024, 0x671)
        draft.add((0x200024, draft.new_nid(0x1F)), bytes(10_000))

    made = Store(store(fmt, change=change).sealed())
    assert {code for _, code, _ in judge(made)} <= {"rgnid"}
    assert 0x802F not in made.nodes and 0x671 not in made.subnodes(made.nodes[0x200024].sub)
    assert made.stream(made.nodes[0x10_0002].data) == bytes(100_000)
