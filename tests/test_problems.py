"""Each problem of the table on an image that has it, and the laws that hold for every image.

What a file of tests/problems says is in tests/problems/__init__.py.
"""

import importlib
import json
import pkgutil
import re
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

import anew
import problems
import pytest
from image import format as F
from image.builder import store
from image.reader import Store, Unreadable, content, judge, judge_layers, whole

FORMATS = ("ansi", "unicode", "unicode4k")
# problems that no image can have, and where they are tested
ELSEWHERE = {
    "READ_FAILED": "needs a disk that fails, so a caller's read-at: tests/unit/test_scan.c",
    "NOT_RESCUED": "needs a map: test_map.py",
    "FILE_CHANGED": "needs a file that changes meanwhile: test_in_use.py",
    "NBT_REMOVED": "is told only where it is asked for: test_deleted.py",
}
MODULES = {name: importlib.import_module(f"problems.{name}") for _, name, _ in pkgutil.iter_modules(problems.__path__)}
CASES = [(name, fmt) for name, module in MODULES.items() for fmt in getattr(module, "FORMATS", FORMATS)
         if not hasattr(module, "LARGE")]
LARGE = [name for name, module in MODULES.items() if hasattr(module, "LARGE")]
TABLE = (Path(__file__).parent.parent / "include/pstfix/problems.def").read_text()
# name -> code, severity
ROWS = {name: (int(code, 16), severity)
        for name, code, severity in re.findall(r"PROBLEM\((\w+), (0x\w+), .severity = PSTFIX_(\w+)", TABLE)}


@pytest.fixture
def folder():
    """A folder that goes with the test: many images are large."""
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


# the program ---------------------------------------------------------------------------------------------


class Run:
    """What one call said: `status`, `text`, and the JSON lines by what they are about."""

    def __init__(self, pstfix, *args):
        done = subprocess.run([pstfix, *args, "--json"], capture_output=True, text=True, timeout=120)
        assert all(": note: " in line for line in done.stderr.splitlines()), done.stderr
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        self.status, self.text = done.returncode, done.stdout
        self.findings = [row for row in rows if "problem" in row]
        self.steps = [row for row in rows if "step" in row]
        self.nodes = next((row["summary"]["nodes"] for row in rows if "summary" in row), None)

    roots = property(lambda self: {f["problem"] for f in self.findings if f["cause"] is None})
    consequences = property(lambda self: {f["problem"] for f in self.findings if f["cause"] is not None})
    problems = property(lambda self: [f for f in self.findings if f["severity"] != "note"])
    repairable = property(lambda self: [f for f in self.problems if f["fix"] != "none"])
    made_anew = property(lambda self: any(f["fix"] == "content" for f in self.problems))
    losses = property(lambda self: [f for f in self.problems if f["severity"] == "loss"])


def identity(finding):
    """What refers to a missing block may be at another place in the result."""
    at = None if finding["problem"] == "BLOCK_MISSING" else finding.get("offset")
    return finding["problem"], at, finding.get("id"), finding.get("nid")


def save(path, data):
    """With holes, which makes files of 16 MB and more quick."""
    with open(path, "wb") as file:
        for at in range(0, len(data), 1 << 16):
            part = data[at:at + (1 << 16)]
            if any(part):
                file.seek(at)
                file.write(part)
        file.truncate(len(data))


# what could be read before -------------------------------------------------------------------------------


def blocks_of(sound, bid):
    """All blocks at and below a reference."""
    if not bid:
        return
    yield bid & ~1
    if bid & 2:
        for entry in sound.children(bid)[3]:
            for child in entry[1:] if isinstance(entry, tuple) else [entry]:
                yield from blocks_of(sound, child)


def entries_left(sound, data):
    """Entries of leaf pages of the node index that still stand on a page that proves itself."""
    f = sound.format
    for page in sound.pages:
        raw = data[page.ib:page.ib + f.page]
        if page.kind != F.NBT or page.level or len(raw) < f.page:
            continue
        body, at = raw[:f.page_data], f.page_data + f.page_bid
        bid = int.from_bytes(raw[at:at + f.word], "little")
        if raw == body + F.page_trailer(f, F.NBT, page.ib, bid, body):
            steps = range(0, f.meta - f.node_size + 1, f.node_size)
            yield from {raw[at:at + f.node_size] for at in steps} & set(page.entries)


def survivors(sound, data):
    """Nodes that an intact leaf names and all of whose blocks are as they were."""
    f = sound.format
    touched = {b.bid for b in sound.blocks.values()
               if data[b.ib:b.ib + f.disk_size(b.cb)] != sound.at(b.ib, f.disk_size(b.cb))}
    for entry in entries_left(sound, data):
        node = sound.nodes[int.from_bytes(entry[:4], "little")]
        if touched.isdisjoint([*blocks_of(sound, node.data), *blocks_of(sound, node.sub)]):
            yield node.nid


def readable(data):
    try:
        return {nid: digest for nid, digest in content(Store(data)).items() if whole(digest)}
    except Unreadable:
        return {}


def check_content(sound, data, result, made_anew):
    """Everything that could be read before can be read after."""
    before, after = content(sound), content(result)
    for nid in survivors(sound, data):
        if made_anew and anew.may_be(nid) and result.nodes[nid] != sound.nodes[nid]:
            assert not anew.differences(sound, result, nid)
            continue
        assert result.nodes.get(nid) == sound.nodes[nid], hex(nid)
        assert after[nid] == before[nid], hex(nid)
    for nid, digest in readable(data).items():
        if before.get(nid) == digest and not (made_anew and anew.may_be(nid)):
            assert after.get(nid) == digest, hex(nid)


def check_lines(sound, data, result, found):
    """Nothing is dropped, spoilt or brought back without a line in the report."""
    said = {f["nid"] for f in found.problems if "nid" in f}
    ranges = [(f["expected"], f["found"]) for f in found.findings
              if f["problem"] in ("NBT_RANGE_LOST", "NBT_RANGE_OPEN")]
    unowned = {f["id"] for f in found.losses if f["problem"] in ("BLOCK_UNOWNED", "NBT_UNTIED")}
    if found.roots & {"BBT_ROOT", "BBT_PAGE"}:      # which counted references
        unowned |= {f["id"] for f in found.findings if f["problem"] == "BLOCK_ORPHAN"}
    noted = [f"block 0x{f['id']:x} " for f in found.findings if f["severity"] == "note" and "id" in f]
    before, between, after = content(sound), readable(data), content(result)
    for nid in (before.keys() | after.keys()) - said:
        if nid in after and after[nid] in (before.get(nid), between.get(nid)):
            continue
        if found.made_anew and anew.may_be(nid) and nid in after:
            continue
        if nid in before and any(first <= nid <= last for first, last in ranges):
            continue            # lost, or an older version
        if nid not in after and unowned & {sound.nodes[nid].data, sound.nodes[nid].sub}:
            continue            # nothing tells its number: it is lost, or has another one
        assert any(block in str(after.get(nid)) for block in noted), hex(nid)    # this reader is stricter


# the laws ------------------------------------------------------------------------------------------------


def check_laws(pstfix, folder, data, sound, remains=()):
    """Laws 1 to 3, 5 and 6 of the style on the bytes of a file -> what check says of it."""
    source, out, twin = folder / "in.pst", folder / "out.pst", folder / "twin.pst"
    save(source, data)
    found = check_check(pstfix, source)
    plan = Run(pstfix, "repair", source, "-o", out, "--dry-run")
    assert not out.exists()
    assert plan.status == found.status
    done = Run(pstfix, "repair", source, "-o", out)
    assert source.read_bytes() == data
    assert done.steps == plan.steps
    if not found.repairable or not found.nodes:     # an empty store is no repair
        assert done.status == found.status
        assert not out.exists() and not done.steps
        return found
    assert done.status == (5 if found.losses or len(found.repairable) < len(found.problems) else 1)
    check_result(pstfix, folder, out, found)
    assert Run(pstfix, "repair", source, "-o", twin, "--threads", "2").status == done.status
    assert twin.read_bytes() == out.read_bytes()
    result = Store(out.read_bytes())
    check_content(sound, data, result, found.made_anew)
    check_lines(sound, data, result, found)
    complaints = [(code, text) for severity, code, text in judge(result) if severity == "error"]
    codes = {code for code, _ in complaints}
    assert codes <= set(remains) if found.made_anew else codes == set(remains), complaints
    if found.made_anew:
        left = {f["problem"] for f in found.problems if f["fix"] == "none"}
        assert {c.code for c in judge_layers(result) if c.severity == "error"} <= left
    return found


def check_places(findings, store):
    """A place is the way to a subnode, from node to subnode; where that can be gone, each is there."""
    for finding in findings:
        nid, sub, place = (finding.get(field) for field in ("nid", "sub", "place"))
        assert bool(sub) == bool(place), finding
        way = [int(each, 16) for each in place.split("/")] if place else []
        assert not way or (way[0], way[-1]) == (nid, sub), finding
        list_ = store.nodes[nid].sub if way and store else 0
        for each in way[1:] if list_ else ():
            assert each in store.subnodes(list_), finding
            list_ = store.subnodes(list_)[each][1]


def check_check(pstfix, source):
    """Says the same, however many threads; exits as it should."""
    found, again = (Run(pstfix, "check", source, "--threads", threads) for threads in "12")
    assert (again.text, again.status) == (found.text, found.status)
    assert found.status == (4 if found.problems else 0)
    return found


def check_result(pstfix, folder, out, found):
    """Nothing is left but losses that were reported; a second repair has nothing to do."""
    left, third = Run(pstfix, "check", out), folder / "third.pst"
    assert not left.repairable, left.repairable
    assert {identity(f) for f in left.problems} <= {identity(f) for f in found.problems}, left.problems
    assert left.status == (4 if left.problems else 0)
    written = out.stat().st_mtime_ns
    assert Run(pstfix, "repair", out, "-o", third).status == left.status
    assert not third.exists() and out.stat().st_mtime_ns == written


def with_maps_invalid(data, fmt):
    """The same, and something to repair."""
    f, data = F.FORMATS[fmt], bytearray(data)
    at, _ = f.header["fAMapValid"]
    data[at] = 0
    head = data[:564]
    F.seal_header(f, head)
    data[:564] = head
    return bytes(data)


# each problem --------------------------------------------------------------------------------------------


def of_format(module, name, fmt):
    value = getattr(module, name, None)
    return value.get(fmt) if isinstance(value, dict) else value


def problem_of(name):
    """bbt_page_leaves tells another story of the problem BBT_PAGE."""
    return getattr(MODULES[name], "PROBLEM", name.upper())


def is_above(name):
    """Is a problem one above the node database?"""
    return ROWS[name][0] >= 0x0800


def check_roots(found, name, expect, fmt):
    """Each root finding is told as often as the file says."""
    said = getattr(MODULES[name], "COUNTS", {})
    counts = Counter(f["problem"] for f in found.findings if f["cause"] is None)
    expected = {**Counter(expect), **said.get(fmt, said)}
    assert counts == {name: counts[name] or 1 if n is None else n for name, n in expected.items()}


def check_place(found, name, image):
    """All root findings of the file's problem are where the file says; where there are none, one that follows is."""
    module, own = MODULES[name], [f for f in found.findings if f["problem"] == problem_of(name)]
    roots = [f for f in own if f["cause"] is None]
    if not hasattr(module, "place"):
        return
    places = module.place(image)
    if isinstance(places, list):
        assert len(places) == len(roots), (places, roots)
        assert all(any(place.items() <= f.items() for f in roots) for place in places), (places, roots)
    places = places if isinstance(places, list) else [places]
    matching = [f for f in roots or own if any(place.items() <= f.items() for place in places)]
    assert matching and (not roots or matching == roots), (places, own)


@pytest.mark.parametrize("name, fmt", CASES)
def test_problem(pstfix, folder, name, fmt):
    module = MODULES[name]
    image = problems.store(fmt, **getattr(module, "STORE", {}))
    expect, follows = of_format(module, "EXPECT", fmt), of_format(module, "FOLLOWS", fmt)
    remains = of_format(module, "REMAINS", fmt) or ()
    assert problem_of(name) in expect + (follows or [])
    data = module.build(fmt)
    sound = Store(data) if is_above(problem_of(name)) else image.store      # what is wrong above was written so
    found = check_laws(pstfix, folder, data, sound, remains)
    check_places(found.findings, sound if is_above(problem_of(name)) else None)
    check_roots(found, name, expect, fmt)
    if follows is not None:
        assert found.consequences == set(follows)
    check_place(found, name, image)
    if not found.repairable:
        found = check_laws(pstfix, folder, with_maps_invalid(data, fmt), sound, remains)
        assert found.roots == {*expect, "HEADER_MAPS_INVALID"}


@pytest.mark.parametrize("name", LARGE)
def test_large(pstfix, folder, name):
    """Files of gigabytes, with holes: fewer laws, for the time they take."""
    module, source, out = MODULES[name], folder / "in.pst", folder / "out.pst"
    fmt, = module.FORMATS
    module.build(fmt, source)
    before, written = content(Store(source)), source.stat().st_mtime_ns
    found = check_check(pstfix, source)
    check_roots(found, name, module.EXPECT, fmt)
    assert found.consequences == set(module.FOLLOWS)
    check_place(found, name, None)
    assert Run(pstfix, "repair", source, "-o", out).status == 1
    assert source.stat().st_mtime_ns == written
    check_result(pstfix, folder, out, found)
    assert judge(Store(out)) == []
    assert content(Store(out)) == before


def test_each_problem_has_a_file(pstfix):
    """A check is a row of the table, some lines in lib/check, and a file here."""
    names = [row["problem"] for row in Run(pstfix, "explain", "--all").findings]
    assert names == list(ROWS)
    here = {problem_of(name) for name in MODULES}
    assert here | ELSEWHERE.keys() == set(names)
    assert not here & ELSEWHERE.keys()
    assert all(module.__doc__ for module in MODULES.values())


# many at once --------------------------------------------------------------------------------------------

ROT = {"ansi": {}, "unicode": {}, "unicode4k": {}, "compressed": dict(compress=True, crypt=0)}


@pytest.mark.parametrize("variant", ROT)
def test_bit_rot(pstfix, folder, variant):
    """One flipped bit in each of many data blocks, of heaps, tables and attachments: each is told once, with what it
    hits; nothing is made of what such blocks would say."""
    image = store("unicode4k" if variant == "compressed" else variant, messages=24, associated=2, **ROT[variant])
    blocks = [image.block(bid) for bid in sorted(image.store.blocks) if not bid & 2]
    assert len(blocks) > 80
    blocks = blocks[::len(blocks) // 40][:40]
    for i, block in enumerate(blocks):
        block.flip(i * 37 % block.cb, i % 8)
    found = check_laws(pstfix, folder, image.sealed(), image.store, remains=["block"])
    roots = [f for f in found.findings if f["cause"] is None]
    assert {(f["problem"], f["id"], f["offset"]) for f in roots} == {("BLOCK_CRC", b.bid, b.ib) for b in blocks}
    assert len(roots) == len(blocks)
    assert found.consequences <= {"NODE_DAMAGED", "NODE_HOLES"}
    hit = {nid for nid, node in image.store.nodes.items()
           if not {*blocks_of(image.store, node.data), *blocks_of(image.store, node.sub)}.isdisjoint(
               {block.bid for block in blocks})}
    said = {f["nid"]: f.get("item", "") for f in found.findings if f["problem"] in ("NODE_DAMAGED", "NODE_HOLES")}
    assert said.keys() == hit
    bad = {block.bid for block in blocks}
    named = [each for each in image.expected if each.nid in hit and
             bad.isdisjoint(blocks_of(image.store, image.store.nodes[each.nid].data)) and each.folder not in hit]
    assert named and all(said[each.nid].endswith(f": {each.subject}") and "/" in said[each.nid] for each in named)


# sound files ---------------------------------------------------------------------------------------------

VARIANTS = {
    "empty": dict(folders=0, messages=0),
    "default": {},
    "plain": dict(crypt=0),
    "cyclic": dict(crypt=2, messages=4),
    "compressed": dict(compress=True, crypt=0),
    "stale": dict(stale=True, leaf_fill=4),
    "deep": dict(leaf_fill=2),
    "xxblock": dict(x_fill=2, attachment_size=200_000),
    "siblock": dict(sl_fill=3, subnodes=20),
    "sections": dict(sections=3),
    "crowded": dict(messages=40, attachments=3, attachment_size=300_000, embedded=3, associated=3),
    "search": dict(messages=6, search=True),
}


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_sound(pstfix, folder, variant, fmt):
    image = store(fmt, **VARIANTS[variant])
    assert not check_laws(pstfix, folder, image.sealed(), image.store).findings


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("magic", (b"SM", b"SO"))
def test_sound_of_either_kind(pstfix, folder, magic, fmt):
    """PSTs and OSTs differ in what their tables repeat, and OSTs have maps of ids."""
    image = store(fmt, magic=magic, associated=2, server_ids=fmt == "unicode4k" and magic == b"SO")
    assert not check_laws(pstfix, folder, image.sealed(), image.store).findings


def with_deep_trees(draft):
    """The properties of folders and the rows of their tables in several items below another."""
    for nid in (0x8022, 0x80A2, 0x2223):
        pc = draft.pc(nid)
        pc.tree(pc.root).deepen(1)
    for nid in (0x12D, 0x80AE):
        draft.table(nid).index.deepen(2)


@pytest.mark.parametrize("fmt", FORMATS)
def test_sound_deep_heaps(pstfix, folder, fmt):
    """Trees of two levels on heaps: no real file has them, any may."""
    image = store(fmt, change=with_deep_trees)
    assert not check_laws(pstfix, folder, image.sealed(), image.store).findings


@pytest.mark.parametrize("fmt", ("ansi", "unicode"))
def test_sound_of_old_clients(pstfix, folder, fmt):
    """They hand out single pages from clusters of eight, keep free maps in the header and have no density list."""
    image = problems.store(fmt)
    pool = problems.free_place(image)
    image.amap(0).set_range(pool, 8 * 512, 1)
    image.pmap(0).set_bits((pool - image.amap(0).ib) // 512, 8, 0)
    image.header.cbAMapFree -= 8 * 512
    image.header.cbPMapFree = 8 * 512
    image.header.rgbFM = b"\xff" + bytes(127)
    image.header.rgbFP = b"\x7f" + b"\xff" * 127
    image.header.fAMapValid = 1
    image.dlist.zero()
    assert judge(Store(image.sealed())) == []
    assert not check_laws(pstfix, folder, image.sealed(), image.store).findings
    found = check_laws(pstfix, folder, with_maps_invalid(image.sealed(), fmt), image.store)
    assert found.roots == {"HEADER_MAPS_INVALID"}


@pytest.mark.parametrize("fmt", FORMATS)
def test_sound_end_inside_section(pstfix, folder, fmt):
    """Very old clients let files grow by 16 KiB; the map counts what lies behind the end as used."""
    image = problems.store(fmt)
    end = problems.free_place(image) + 0x4000
    behind = image.format.amap(1) - end
    image.amap(0).set_range(end, behind, 1)
    image.header.cbAMapFree -= behind
    image.header.ibFileEof = end
    image.truncate(end)
    assert not check_laws(pstfix, folder, image.sealed(), image.store).findings
    image.header.fAMapValid = 0
    found = check_laws(pstfix, folder, image.sealed(), image.store)
    assert found.roots == {"HEADER_MAPS_INVALID"}
