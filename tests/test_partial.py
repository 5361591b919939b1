"""Messages that are not whole: what is left of them is kept, zeros take the place of what is gone, a mark says so."""

import struct
import zlib

import pytest

from image import format as F
from image import ltp
from image.builder import store
from image.damage import Image
from image.digest import digests
from image.ltp import own
from image.reader import Store, judge, judge_layers, property_context
from judges import Pffexport, Readpst
from problems import ATTACHMENT, ATTACHMENTS, FOLDER, MESSAGES, NO_ITEM, SMALL
from scoring import SYNTHESISED, Score, Sound, marks_of, values
from test_endless import begun, ended
from test_hostile import CORRECTED, FORMATS, LEFT
from test_recover import tallies
from test_repair import place

MESSAGE, DATA, SUBJECT, SENDER = MESSAGES[0], 0x37010102, 0x0037001F, 0x0065


def small(fmt, **options):
    return store(fmt, **{**SMALL, **options})


def attachment_tree(image):
    """The list of blocks of the largest attachment."""
    _, sub = image.store.subnodes(image.node(MESSAGE).sub)[ATTACHMENT]
    return next(data for data, _ in image.store.subnodes(sub).values() if data & 2)


def bytes_of(s, nid=MESSAGE, attachment=ATTACHMENT):
    """All bytes of an attachment."""
    data, sub = s.subnodes(s.nodes[nid].sub)[attachment]
    return property_context(s, data, sub)[0][DATA]


class Case:
    """A repair or a recovery of a damaged file, and what comes of its result."""

    def __init__(self, tool, folder, image, *options, command="repair"):
        self.tool, self.folder, self.sound = tool, folder, image.store
        self.source, self.out = folder / "in.pst", folder / "out.pst"
        self.source.write_bytes(image.sealed())
        self.run = tool.json(command, self.source, "-o", self.out, *options)
        assert self.run.status == CORRECTED | LEFT, self.run.err
        self.result = Store(self.out)
        self.check = tool.json("check", self.out)

    def laws(self):
        """Nothing is left to do, all else is as it was, and the other readers read all of it."""
        assert self.check.status == 0, [line["text"] for line in self.check.problems]
        assert {line["problem"] for line in self.check.findings} & {"MESSAGE_MARKED"}
        assert self.tool("repair", self.out).status == 0
        assert not [each for each in judge(self.result) if each[0] == "error"]
        assert not [each for each in judge_layers(self.result) if each.severity == "error"]
        before, after = digests(self.sound), digests(self.result)
        assert {nid for nid in before if after[nid].hash != before[nid].hash} == {MESSAGE}
        for reader, count in ((Pffexport, "items"), (Readpst, "messages")):
            sound = self.folder / f"sound-{count}.pst"
            sound.write_bytes(self.sound.at(0, self.sound.size))
            found = getattr(reader(self.out, self.folder / count), count)
            assert found == getattr(reader(sound, self.folder / f"sound-{count}"), count)

    @property
    def mark(self):
        tag, = marks_of(self.result) & values(self.result, MESSAGE).keys()
        return values(self.result, MESSAGE)[tag].decode("utf-16-le" if tag & 0xFFFF == 0x1F else "ascii")


@pytest.mark.parametrize("command", ("repair", "recover"))
@pytest.mark.parametrize("fmt", FORMATS)
def test_overwritten(fmt, command, tool, tmp_path):
    """A block in the middle of an attachment holds something else: zeros in its place, all other bytes as they were."""
    image = small(fmt)
    block = image.block(list(image.store.leaves(attachment_tree(image)))[1])
    image.write(block.ib, b"overwritten " * (block.size // 12))
    case = Case(tool, tmp_path, image, command=command)
    case.laws()
    before, after, full = bytes_of(image.store), bytes_of(case.result), image.format.data_max
    assert after == before[:full] + bytes(full) + before[2 * full:]
    assert f"attachment 0x{ATTACHMENT:X}: property 0x3701: bytes {full} to {2 * full - 1} of {len(before)} gone" in case.mark
    assert tallies(case.run)[0] == tallies(case.tool.json("recover", case.out, "-o", tmp_path / "third"))[0] == (5, 4, 1, 0)


@pytest.mark.parametrize("fmt", FORMATS)
def test_cut_off(fmt, tool, tmp_path):
    """The end of a block is in a sector that was lost: what is before it stays as it was found."""
    image = small(fmt)
    block = image.block(list(image.store.leaves(attachment_tree(image)))[1])
    end = block.ib + block.size
    start = (end - 1) // 512 * 512
    image.zero(start, end)
    case = Case(tool, tmp_path, image)
    case.laws()
    before, after, full = bytes_of(image.store), bytes_of(case.result), image.format.data_max
    lost = full - (start - block.ib)
    assert after == before[:2 * full - lost] + bytes(lost) + before[2 * full:]
    assert f"bytes {full} to {2 * full - 1} of {len(before)} as found" in case.mark


def test_packed(tool, tmp_path):
    """A sector in the middle of a packed block is lost: what inflates before it stays, the rest is zeros."""
    image = small("unicode4k", compress=True, attachment_size=3 * F.FORMATS["unicode4k"].data_max)
    block = image.block(list(image.store.leaves(attachment_tree(image)))[1])
    entry = image.store.block(block.bid)
    assert entry.cb < entry.inflated
    start = (block.ib + entry.cb // 2) // 512 * 512
    image.zero(start, start + 512)
    case = Case(tool, tmp_path, image)
    case.laws()
    before, after, full = bytes_of(image.store), bytes_of(case.result), image.format.data_max
    left = len(zlib.decompressobj().decompress(image.data[block.ib:start]))
    assert full // 4 < left < full
    assert after == before[:full + left] + bytes(full - left) + before[2 * full:]
    assert f"bytes {full} to {full + left - 1} of {len(before)} as found; " in case.mark
    assert f"bytes {full + left} to {2 * full - 1} of {len(before)} gone" in case.mark


@pytest.mark.parametrize("fmt", FORMATS)
def test_value_missing(fmt, tool, tmp_path):
    """Two properties name items that are not there: the table of the folder has one of the values."""
    sound = small(fmt)
    image = small(fmt, change=lambda draft: [draft.pc(MESSAGE).change(prop, raw=NO_ITEM) for prop in (SUBJECT >> 16, SENDER)])
    case = Case(tool, tmp_path, image)
    case.laws()
    subject = own(image.format, SUBJECT)
    before, after = values(sound.store, MESSAGE), values(case.result, MESSAGE)
    assert after[subject] == before[subject] and {tag >> 16 for tag in before.keys() - after.keys()} == {SENDER}
    assert "property 0x0037: from the table of its folder; property 0x0065: gone" in case.mark
    assert tallies(case.run)[0] == (5, 4, 1, 0)
    run = tool.json("repair", case.source, "-o", tmp_path / "strict.pst", "--strict")
    assert tallies(run)[0] == (5, 4, 0, 1) and MESSAGE not in digests(Store(tmp_path / "strict.pst"))


@pytest.mark.parametrize("fmt", FORMATS)
def test_list_of_blocks(fmt, tool, tmp_path):
    """A bit of the sum in a list of blocks is wrong: all blocks that it names are its own, and all bytes are there."""
    image = small(fmt)
    image.block(attachment_tree(image)).flip(5)
    case = Case(tool, tmp_path, image)
    assert case.check.status == 0
    assert bytes_of(case.result) == bytes_of(image.store)
    assert "list of blocks damaged" in case.mark


@pytest.mark.parametrize("fmt", FORMATS)
def test_below_a_damaged_list(fmt, tool, tmp_path):
    """A list of subnodes is damaged, and a block far below it: the repair says both, so that the next check says nothing new."""
    image = small(fmt)
    at = image.format.sl_head + sorted(image.store.subnodes(image.node(MESSAGE).sub)).index(0x692) * image.format.sl_size
    image.block(list(image.store.leaves(attachment_tree(image)))[1]).flip(77)
    image.block(image.node(MESSAGE).sub).flip(at + 1, 6)
    case = Case(tool, tmp_path, image)
    assert {line["problem"] for line in case.check.losses} == {"BLOCK_CRC", "NODE_DAMAGED"}
    assert {place(line) for line in case.check.losses} <= {place(line) for line in case.run.losses}


@pytest.mark.parametrize("fmt", FORMATS)
def test_foreign_block(fmt, tool, tmp_path):
    """A damaged list names a block of another message: that is not taken for its own."""
    image = small(fmt)
    f, block = image.format, image.block(attachment_tree(image))
    other = image.store.nodes[MESSAGES[1]].data
    block.write_raw(8 + f.word, other.to_bytes(f.word, "little"))
    case = Case(tool, tmp_path, image)
    before, after, full = bytes_of(image.store), bytes_of(case.result), f.data_max
    assert after == before[:full] + bytes(full) + before[2 * full:]
    assert digests(case.result)[MESSAGES[1]].hash == digests(image.store)[MESSAGES[1]].hash


@pytest.mark.parametrize("fmt", FORMATS)
def test_list_of_subnodes(fmt, tool, tmp_path):
    """One entry of a list of subnodes has another id: the others are taken from it."""
    image = small(fmt)
    subnodes = image.store.subnodes(image.node(MESSAGE).sub)
    at = image.format.sl_head + sorted(subnodes).index(ATTACHMENT) * image.format.sl_size
    image.block(image.node(MESSAGE).sub).flip(at + 1, 6)
    case = Case(tool, tmp_path, image)
    assert case.check.status == 0
    before, after = ({fact for fact in digests(s)[MESSAGE].facts if fact[0] == "recipient "} for s in (image.store, case.result))
    assert before == after and before
    assert "list of subnodes damaged" in case.mark


@pytest.mark.parametrize("fmt", FORMATS)
def test_properties_gone(fmt, tool, tmp_path):
    """Nothing is left of the properties of a message: the row in its folder has the subject, and more."""
    image = small(fmt)
    image.bbt.remove(image.node(MESSAGE).data)
    block = image.node_block(MESSAGE)
    image.zero(block.ib, block.ib + block.size)
    case = Case(tool, tmp_path, image)
    case.laws()
    subject = own(image.format, SUBJECT)
    assert values(case.result, MESSAGE)[subject] == values(image.store, MESSAGE)[subject]
    assert bytes_of(case.result) == bytes_of(image.store)
    assert "properties: some gone" in case.mark


TEXTS = {0x0037_001F: "subject", 0x1000_001F: "body" * 90, 0x6701_001F: "one" * 100, 0x6702_001F: "two" * 100, 0x6703_001F: "three" * 60}
TEXTS |= {0x6710_0003 + (i << 16): 0x10101010 + i for i in range(40)}


def torn(fmt, piece, tool, folder):
    """A message of which a sector of its heap is lost: its values before and after, and what marks there are."""
    writer, builder, parent = begun(fmt)
    nid, source, out = writer.new_nid(4), folder / "in.pst", folder / "out.pst"
    said = {own(writer.f, tag): value for tag, value in {0x001A_001F: "IPM.Note", **TEXTS}.items()}
    writer.nodes[nid] = (writer.data(builder.pc(said)[0]), writer.subnodes({}), parent.nid)
    ended(writer, builder, source)
    image = Image.load(source)
    block, before = image.node_block(nid), values(image.store, nid)
    start = block.ib // 512 * 512 + 512 * piece if piece else block.ib + block.size - image.format.block_tail
    end = min(start + 512, block.ib + block.size)
    assert block.ib < start < end
    image.zero(start, end)
    source.write_bytes(image.sealed())
    run = tool.json("repair", source, "-o", out)
    assert run.status == CORRECTED | LEFT and tool("check", out).status == 0 and tool("repair", out).status == 0
    result = Store(out)
    assert not [each for each in judge(result) if each[0] == "error"]
    assert not [each for each in judge_layers(result) if each.severity == "error"]
    return before, values(result, nid), marks_of(result)


@pytest.mark.parametrize("fmt", FORMATS)
def test_torn_off(fmt, tool, tmp_path):
    """Of the block of the heap the trailer alone is lost: all is as it was, but not proven, and the message says so."""
    before, after, marks = torn(fmt, 0, tool, tmp_path)
    mark, = marks & after.keys()
    assert before.items() <= after.items()
    assert "as found" in after[mark].decode("utf-16-le" if mark & 0xFFFF == 0x1F else "ascii")


@pytest.mark.parametrize("piece", (1, 2))
@pytest.mark.parametrize("fmt", FORMATS)
def test_torn_heap(fmt, piece, tool, tmp_path):
    """What other sectors hold of the properties is kept, what was in the lost one is zeros, or gone; and nothing else is made of it."""
    before, after, marks = torn(fmt, piece, tool, tmp_path)
    mark, = marks & after.keys()
    assert "properties: bytes " in after[mark].decode("utf-16-le" if mark & 0xFFFF == 0x1F else "ascii")
    kept = {tag for tag in before if after.get(tag) == before[tag]}
    for tag in before.keys() & after.keys() - kept - marks:
        if tag >> 16 not in SYNTHESISED:
            assert len(after[tag]) == len(before[tag]) and all(new in (old, 0) for old, new in zip(before[tag], after[tag]))
    assert len(kept) >= 10


@pytest.mark.parametrize("sectors", (1, 2))
def test_torn_heaps(sectors, corpus, tool, tmp_path):
    """Of all messages: the other readers find each, by its class, which may come from the row in its folder."""
    sound = Sound(Image.load(corpus / "gopst-support.pst"))
    score = Score(sound, sound.damaged(f"heaps_torn-{sectors}", 2), tool, tmp_path)
    assert score.others == sound.others(tmp_path)


@pytest.mark.parametrize("lost", ("heap", "list", "all"))
def test_side_heap_gone(lost, tool, tmp_path):
    """So is the heap of the senders in that row, or the list that names it: nothing else is taken for the sender."""
    image = small("unicode4k")
    nid, sender = FOLDER & ~31 | 0x0E, own(image.format, ltp.NAME)
    table = image.node(nid)
    side, _ = image.store.subnodes(table.sub)[ltp.SIDE[ltp.NAME]]
    assert sender in values(image.store, MESSAGE)
    if lost == "all":
        image.nbt.set(nid, sub=0)
        image.bbt.remove(table.sub)
    for bid in (image.node(MESSAGE).data, side if lost == "heap" else table.sub):
        image.block(bid).zero()
    case = Case(tool, tmp_path, image)
    case.laws()
    assert set(ltp.SIDE.values()) <= case.result.subnodes(case.result.nodes[nid].sub).keys()
    assert sender not in values(case.result, MESSAGE)
    subject = own(image.format, SUBJECT)
    assert values(case.result, MESSAGE)[subject] == values(image.store, MESSAGE)[subject]


@pytest.mark.parametrize("fmt", FORMATS)
def test_cell_of_a_recipient(fmt, tool, tmp_path):
    """A long cell in the table of recipients is damaged: the table is made without it, and the message says so."""
    writer, builder, folder = begun(fmt)
    tag = own(writer.f, 0x6700_001F)
    row = {ltp.ROW_ID: 0, ltp.ROW_VERSION: 1, 0x0C15_0003: 1, own(writer.f, 0x3001_001F): "name", tag: "x" * 6000}
    heap, more = ltp.table_context(writer.f, list(row), [row], writer.new_nid)
    table, nid = (writer.data(heap), builder.subnodes(more)), writer.new_nid(4)
    writer.nodes[nid] = (writer.data(builder.pc({0x001A_001F: "IPM.Note"})[0]), writer.subnodes({0x692: table}), folder.nid)
    source, out = tmp_path / "in.pst", tmp_path / "out.pst"
    ended(writer, builder, source)
    image = Image.load(source)
    (cell, _), = image.store.subnodes(image.store.subnodes(image.node(nid).sub)[0x692][1]).values()
    image.block(next(image.store.leaves(cell))).flip(100)
    source.write_bytes(image.sealed())
    assert tool("repair", source, "-o", out).status == CORRECTED | LEFT
    marks = marks_of(Store(out)) & values(Store(out), nid).keys()
    assert len(marks) == 1 and "MESSAGE_MARKED" in {line["problem"] for line in tool.json("check", out).findings}


@pytest.mark.parametrize("fmt", FORMATS)
def test_rotten_block_stands(fmt, tool, tmp_path):
    """A block of which only the checksum is wrong stays as it stands, and is a loss: nothing is marked."""
    image = small(fmt)
    image.block(list(image.store.leaves(attachment_tree(image)))[1]).flip(77)
    source = tmp_path / "in.pst"
    source.write_bytes(image.sealed())
    run = tool.json("repair", source, "-o", tmp_path / "out.pst")
    assert run.status == LEFT and {line["problem"] for line in run.losses} == {"BLOCK_CRC", "NODE_DAMAGED"}


@pytest.mark.parametrize("fmt", FORMATS)
def test_marked_twice(fmt, tool, tmp_path):
    """What is lost after a repair is said behind what was lost before."""
    image = small(fmt)
    leaves = list(image.store.leaves(attachment_tree(image)))
    image.write(image.block(leaves[0]).ib, b"overwritten " * (image.block(leaves[0]).size // 12))
    first = Case(tool, tmp_path, image)
    image = type(image).load(first.out)
    block = image.block(list(image.store.leaves(attachment_tree(image)))[1])
    image.write(block.ib, b"overwritten " * (block.size // 12))
    (tmp_path / "again").mkdir()
    again = Case(tool, tmp_path / "again", image)
    assert {"MESSAGE_MARKED", "NODE_HOLES"} <= {line["problem"] for line in again.run.findings}
    assert again.mark.startswith(first.mark) and len(again.mark.split("; ")) == 2
    assert set(bytes_of(again.result)[:2 * image.format.data_max]) == {0}
    assert len(marks_of(again.result) & values(again.result, MESSAGE).keys()) == 1


@pytest.mark.parametrize("fmt", FORMATS)
def test_strict(fmt, tool, tmp_path):
    """Messages that are not whole are left out: those that are damaged, and those that were marked before."""
    image = small(fmt)
    block = image.block(list(image.store.leaves(attachment_tree(image)))[1])
    image.write(block.ib, b"overwritten " * (block.size // 12))
    marked = Case(tool, tmp_path, image)
    for step, source in enumerate((marked.source, marked.out)):
        out = tmp_path / f"strict{step}.pst"
        run = tool.json("repair", source, "-o", out, "--strict")
        assert run.status == CORRECTED | LEFT and any(line.get("drops") for line in run.lines)
        assert tallies(run)[0] == (5, 4, 0, 1)
        before, after = digests(image.store), digests(Store(out))
        assert before.keys() - after.keys() == {MESSAGE}
        assert all(after[nid].hash == before[nid].hash for nid in after)
        assert tool("check", out).status == 0 and tool("repair", out, "--strict").status == 0
        assert tool("repair", source, "--strict", "--dry-run").status == (LEFT, 0)[step]      # as check


@pytest.mark.parametrize("fmt", FORMATS)
def test_forged_list(fmt, tool, tmp_path):
    """A list names one block that is cut off as often as it has room: what is written for it stays in proportion."""
    image = small(fmt, attachment_size=40 * F.FORMATS[fmt].data_max)
    f, tree = image.format, attachment_tree(image)
    list_, block = image.block(tree), image.block(list(image.store.leaves(tree))[1])
    count = (list_.cb - 8) // f.word
    end = block.ib + block.size
    image.zero((end - 1) // 512 * 512, end)
    list_.write(struct.pack("<BBHI", 1, 1, count, count * f.data_max) + block.bid.to_bytes(f.word, "little") * count)
    for nid in MESSAGES[1:]:
        image.nbt.set(nid, sub=image.node(MESSAGE).sub)
    source, out = tmp_path / "in.pst", tmp_path / "out.pst"
    source.write_bytes(image.sealed())
    assert tool("repair", source, "-o", out).status & CORRECTED
    assert out.stat().st_size <= 2 * source.stat().st_size + f.interval


LONG, LONG_NID, ROWS = 0x3646_0102, 0x9FFF, 0x6B6


def with_long_value(fmt, data, **options):
    """A store one of whose folders has a long value."""
    def change(draft):
        pc = draft.pc(FOLDER)
        draft.add((FOLDER, LONG_NID), data)
        pc.put(sorted(pc.records() + [(LONG >> 16, LONG & 0xFFFF, LONG_NID)]))

    return small(fmt, change=change, **options)


def mended_folder(tool, folder, image):
    """The result of a repair, in which all messages are as they were, and what the folder says in its mark."""
    source, out = folder / "in.pst", folder / "out.pst"
    source.write_bytes(image.sealed())
    assert tool("repair", source, "-o", out).status == CORRECTED | LEFT
    check, result = tool.json("check", out), Store(out)
    assert check.status == 0 and [line["nid"] for line in check.findings if line["problem"] == "FOLDER_MARKED"] == [FOLDER]
    assert tool("repair", out).status == 0
    assert not [each for each in judge(result) if each[0] == "error"]
    assert {nid: said.hash for nid, said in digests(result).items()} == {nid: said.hash for nid, said in digests(image.store).items()}
    assert Readpst(out, folder / "readpst").messages == SMALL["messages"]
    said = values(result, FOLDER)
    tag, = marks_of(result) & said.keys()
    return said, said[tag].decode(image.format.encoding)


@pytest.mark.parametrize("fmt", FORMATS)
def test_folder(fmt, tool, tmp_path):
    """A block in the middle of a long value of a folder holds something else: zeros in its place, and the folder says so."""
    full = F.FORMATS[fmt].data_max
    data = bytes(1 + i % 255 for i in range(2 * full + 100))
    image = with_long_value(fmt, data)
    block = image.node_block(FOLDER, LONG_NID, n=1)
    image.write(block.ib, b"overwritten " * (block.size // 12))
    said, mark = mended_folder(tool, tmp_path, image)
    assert said[LONG] == data[:full] + bytes(full) + data[2 * full:]
    assert mark == f"property 0x3646: bytes {full} to {2 * full - 1} of {len(data)} gone"


@pytest.mark.parametrize("noise", (False, True))
@pytest.mark.parametrize("fmt", FORMATS)
def test_folder_list(fmt, noise, tool, tmp_path):
    """The list of the subnodes of a folder does not prove itself: what it names is kept; where that is nothing, it goes."""
    data = bytes(1 + i % 255 for i in range(5000))
    image = with_long_value(fmt, data)
    f, block = image.format, image.block(image.node(FOLDER).sub)
    if noise:
        block.write_raw(0, b"\x02" + b"noise " * (block.size // 6))
    else:
        block.flip(f.sl_head + f.sl_size - f.word + 1, 6)
    said, mark = mended_folder(tool, tmp_path, image)
    assert said.get(LONG) == (None if noise else data)
    assert mark.startswith(f"list of subnodes damaged, {0 if noise else 1} found")


@pytest.mark.parametrize("start, left", ((0, False), (512, True)))
def test_folder_packed(start, left, tool, tmp_path):
    """A sector of a packed block is lost: libpst ends at a block that does not inflate, so it does not stay."""
    data = b"".join(b"%d " % (i * i) for i in range(2000))
    image = with_long_value("unicode4k", data, compress=True)
    block = image.node_block(FOLDER, LONG_NID)
    assert start + 512 < image.store.block(block.bid).cb < len(data)
    image.zero(block.ib + start, block.ib + start + 512)
    said, mark = mended_folder(tool, tmp_path, image)
    assert (LONG in said) == left and ("property 0x3646: gone" in mark) != left
    if left:
        found = len(zlib.decompressobj().decompress(image.data[block.ib:block.ib + start]))
        assert found and said[LONG] == data[:found] + bytes(len(data) - found)


@pytest.mark.parametrize("fmt", FORMATS)
def test_folder_table(fmt, tool, tmp_path):
    """A folder of an OST has a table of changes, which no property names; of this one nothing is left."""
    def change(draft):
        draft.set_subnodes((FOLDER,), {ROWS: draft.subnodes(MESSAGE)[ATTACHMENTS]})

    image = small(fmt, change=change)
    image.node_block(FOLDER, ROWS).zero()
    _, mark = mended_folder(tool, tmp_path, image)
    assert mark == f"subnode 0x{ROWS:X}: some gone"
