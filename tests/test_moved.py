"""Stores that begin inside a file, or that have had bytes put in or taken out: everything comes back to where it was."""

import random

import pytest

from image.builder import store
from image.digest import MESSAGE, digests
from image.disk import blocks_below
from image.reader import Store, content
from judges import Run
from test_hostile import CORRECTED, FORMATS, LEFT
from test_list import CORPUS, SAMPLES
from test_read import everything, read

FRONTS = (1, 63, 64, 512, 4096, 100_003)


@pytest.fixture(scope="module", params=FORMATS)
def sound(request):
    image = store(request.param, folders=4, messages=30, attachments=2, embedded=1, leaf_fill=6)
    return image, bytes(image.sealed())


def between_blocks(image, n):
    """Offsets where blocks that are in use begin, far from each other and in order."""
    places = sorted(block.ib for block in image.store.blocks.values())
    return [places[len(places) * i // (n + 1)] for i in range(1, n + 1)]


def mended(pstfix, path, data):
    """-> what check found, by its problems; the result"""
    path.write_bytes(data)
    check = Run(pstfix, "check", "--json", path)
    out = path.with_name("out.pst")
    assert check.status == LEFT, check.err
    assert check.last["work"] <= 8 * len(data) + (64 << 20)
    assert Run(pstfix, "repair", "--force", path, "-o", out).status == CORRECTED
    assert path.read_bytes() == data
    assert Run(pstfix, "check", out).status == 0
    return [line for line in check.findings if line["severity"] != "note"], Store(out)


@pytest.mark.parametrize("front", FRONTS)
def test_in_front(front, sound, pstfix, tmp_path):
    image, data = sound
    findings, result = mended(pstfix, tmp_path / "in.pst", random.Random(front).randbytes(front) + data)
    moved, = findings
    assert (moved["problem"], moved["found"], moved["expected"], moved["size"]) == ("CONTENT_MOVED", front, 0, len(data))
    assert content(result) == content(image.store) and result.nodes == image.store.nodes
    assert result.blocks == image.store.blocks


def test_place_far_behind_the_end(sound, pstfix, tmp_path):
    """A bit of a map page's id is flipped, so that it says that it was terabytes behind: nothing goes to look there."""
    image, data = sound
    f = image.format
    at = f.amap(0) + f.page_data + (8 + 5 if f.word == 8 else 4 + 3)
    damaged = data[:at] + bytes([data[at] ^ 0x40]) + data[at + 1:]
    findings, result = mended(pstfix, tmp_path / "in.pst", bytes(1000) + damaged)
    assert {line["problem"] for line in findings} >= {"CONTENT_MOVED", "AMAP_PAGE"}
    assert content(result) == content(image.store)


@pytest.mark.parametrize("amount", (1, 64, 3000))
def test_in_the_middle(amount, sound, pstfix, tmp_path):
    image, data = sound
    first, second = between_blocks(image, 2)
    noise = random.Random(amount).randbytes(2 * amount)
    findings, result = mended(pstfix, tmp_path / "in.pst",
                              data[:first] + noise[:amount] + data[first:second] + noise[amount:] + data[second:])
    assert [line["found"] - line["expected"] for line in findings] == [amount, 2 * amount]
    assert content(result) == content(image.store)


def test_taken_out(sound, pstfix, tmp_path):
    """A map's bits of free space go, and with them nothing but what follows from other data."""
    image, data = sound
    at = image.format.amap(0) + 40
    findings, result = mended(pstfix, tmp_path / "in.pst", data[:at] + data[at + 100:])
    moved, = (line for line in findings if line["problem"] == "CONTENT_MOVED")
    assert moved["expected"] - moved["found"] == 100
    assert content(result) == content(image.store)


def test_exchanged(sound, pstfix, tmp_path):
    """Two long pieces in each other's place."""
    image, data = sound
    first, second, third = between_blocks(image, 3)
    findings, result = mended(pstfix, tmp_path / "in.pst",
                              data[:first] + data[second:third] + data[first:second] + data[third:])
    assert {line["expected"] for line in findings} >= {first, second}
    assert content(result) == content(image.store)


def test_exchanged_with_free_space(corpus, pstfix, tmp_path):
    """What lies between the new place, behind the header, and the old one is where it was."""
    data = (corpus / "jlibpst-dist-list.pst").read_bytes()
    findings, result = mended(pstfix, tmp_path / "in.pst", data[:0x2000] + data[0x7000:0x8000] + data[0x3000:0x7000]
                              + data[0x2000:0x3000] + data[0x8000:])
    moved, = findings
    assert (moved["problem"], moved["found"], moved["expected"], moved["size"]) == ("CONTENT_MOVED", 0x2000, 0x7000, 0x1000)
    assert content(result) == content(Store(data))


@pytest.mark.parametrize("share", (2, 3, 4))
def test_front_is_lost(share, sound, pstfix, tmp_path):
    """What is left of a file whose first part is gone: all of each message that lies behind, in its place far behind the end."""
    image, data = sound
    places = sorted(block.ib for block in image.store.blocks.values())
    cut = places[len(places) - len(places) // share] - 100
    path, out = tmp_path / "in.pst", tmp_path / "out.pst"
    path.write_bytes(data[cut:places[-1] + 2 * 0x10000])
    assert Run(pstfix, "recover", path, "-o", out).status & LEFT
    behind = {nid for nid, node in image.store.nodes.items() if nid & 31 == MESSAGE
              and all(image.store.blocks[bid].ib >= cut for bid in blocks_below(image.store, node.data, node.sub))}
    before, after = digests(image.store), digests(Store(out))
    assert behind and all(before[nid].hash == after[nid].hash for nid in behind)


def test_header_gone_too(sound, pstfix, tmp_path):
    image, data = sound
    _, result = mended(pstfix, tmp_path / "in.pst", bytes(100) + bytes(0x400) + data[0x400:])
    assert content(result) == content(image.store)


def test_places_are_those_in_the_file(sound, tmp_path):
    """What says where a value is says where it lies, not where it was."""
    _, data = sound
    items = []
    for front in (0, 777):
        path = tmp_path / f"{front}.pst"
        path.write_bytes(bytes(front) + data)
        items.append([*everything(read(path)[1])])
    assert len(items[0]) == len(items[1]) > 30
    for before, after in zip(*items):
        assert before.values == after.values
        assert [e.offset + 777 for e in before.blocks] == [e.offset for e in after.blocks]
        for tag, extents in before.extents.items():
            assert [e.offset + 777 for e in extents] == [e.offset for e in after.extents[tag]]


@pytest.mark.parametrize("fill", (0x80, 0x81, 0x84))
def test_pages_at_every_byte(fill, sound, pstfix, tmp_path):
    """What looks like a page at every byte costs no more than the bound."""
    image, data = sound
    path = tmp_path / "in.pst"
    for forged in (bytes([fill]) * (4 << 20), data[:0x4000] + bytes([fill]) * (4 << 20)):
        path.write_bytes(forged)
        check = Run(pstfix, "check", "--json", path)
        assert check.status in (8, LEFT)
        assert check.status == 8 or check.last["work"] <= 8 * len(forged) + (64 << 20)


def test_store_inside_a_store(sound, pstfix, tmp_path):
    """A second copy in free space, whose pages have places of their own, takes nothing from the first."""
    image, data = sound
    f, hurt = image.format, bytearray(data)
    used = max(page.ib + f.page for page in image.store.pages) + 777
    used = max([used, *(block.ib + f.disk_size(block.cb) + 777 for block in image.store.blocks.values())])
    other = data[0x200:0x200 + len(data) - used]
    hurt[used:used + len(other)] = other
    root = image.store.header["nbt.ib"]
    hurt[root:root + f.page] = bytes(f.page)
    findings, result = mended(pstfix, tmp_path / "in.pst", bytes(hurt))
    assert "CONTENT_MOVED" not in {line["problem"] for line in findings}
    assert content(result) == content(image.store)


@pytest.mark.parametrize("front", (0, 100_003, 1 << 20))
def test_from_image(front, sound, pstfix, tmp_path):
    """Out of an image of a disk: what comes before and behind is no part of it."""
    image, data = sound
    path, out, noise = tmp_path / "disk.img", tmp_path / "out.pst", random.Random(front)
    path.write_bytes(noise.randbytes(front) + data + noise.randbytes(300_000))
    assert Run(pstfix, "recover", path, "-o", out, "--from-image").status == CORRECTED
    assert content(Store(out)) == content(image.store)
    assert Run(pstfix, "check", out).status == 0


@pytest.mark.parametrize("front, zeroed, behind", ((0, 0, 0), (0, 564, 0), (100_000, 0, 0), (777, 0, 50_000)))
@pytest.mark.parametrize("name", [*CORPUS, *SAMPLES])
def test_real_in_image(name, front, zeroed, behind, path, pstfix, tmp_path):
    """A real file, sound or not, as all of the image or in it, comes back as it does by itself: no format is taken for another
    in which nothing of it is in its place."""
    data, noise = path.read_bytes(), random.Random(front)
    image, plain, out = tmp_path / "disk.img", tmp_path / "plain.pst", tmp_path / "out.pst"
    image.write_bytes(noise.randbytes(front) + bytes(zeroed) + data[zeroed:] + noise.randbytes(behind))
    assert Run(pstfix, "recover", path, "-o", plain).status & CORRECTED
    assert Run(pstfix, "recover", image, "-o", out, "--from-image").status & CORRECTED
    result, expected = Store(out), Store(plain)
    assert content(result) == content(expected)
    assert {nid: said.hash for nid, said in digests(result).items()} == {nid: said.hash for nid, said in digests(expected).items()}
    assert Run(pstfix, "check", out).status == 0


@pytest.mark.parametrize("seed", range(3))
def test_damaged_image(seed, sound, pstfix, tmp_path):
    """Damaged in its place: --from-image finds in it what is found without."""
    image, data = sound
    hurt, rng = bytearray(data), random.Random(seed)
    for place in rng.sample([page.ib for page in image.store.pages] + [block.ib for block in image.store.blocks.values()], 5):
        hurt[place + rng.randrange(48)] ^= 1 << rng.randrange(8)
    path, plain, out = tmp_path / "in.pst", tmp_path / "plain.pst", tmp_path / "out.pst"
    path.write_bytes(hurt)
    runs = [Run(pstfix, "recover", path, "-o", plain), Run(pstfix, "recover", path, "-o", out, "--from-image")]
    assert runs[0].status == runs[1].status in (CORRECTED, CORRECTED | LEFT)
    assert content(Store(out)) == content(Store(plain))


def test_store_over_the_beginning(sound, pstfix, tmp_path):
    """The first pages are those of a store of another format; all else is in its place, and tells which it has."""
    image, data = sound
    other, path, out = tmp_path / "other.pst", tmp_path / "in.pst", tmp_path / "out.pst"
    store("unicode" if image.format.name == "ansi" else "ansi", save=other)
    path.write_bytes(other.read_bytes()[:0x4600] + data[0x4600:])
    assert Run(pstfix, "recover", path, "-o", out, "--from-image").status & CORRECTED
    assert digests(Store(out)).keys() == digests(image.store).keys()


def test_image_that_begins_like_another_store(sound, pstfix, tmp_path):
    """What is left of another store in front says how to read the file, but for --from-image."""
    image, data = sound
    other = tmp_path / "other.pst"
    store("unicode" if image.format.name == "ansi" else "ansi", save=other)
    path, out, noise = tmp_path / "disk.img", tmp_path / "out.pst", random.Random(1)
    path.write_bytes(other.read_bytes()[:0x4800] + noise.randbytes(1 << 20) + data)
    assert Run(pstfix, "recover", path, "-o", out, "--force").status & LEFT
    assert Run(pstfix, "recover", path, "-o", out, "--force", "--from-image").status == CORRECTED
    assert content(Store(out)) == content(image.store)
