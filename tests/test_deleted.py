"""Messages that were removed, and older versions: back when they are asked for, and only then, apart from all others."""

import ctypes
import ctypes.util

import pytest

from image.builder import store
from image.digest import MESSAGE, digests
from image.format import BBT
from image.reader import Store, judge, judge_layers
from scoring import values
from test_hostile import CORRECTED, FORMATS, LEFT
from test_list import CORPUS, SAMPLES

NAME = 0x3001
FOLDERS = {"deleted": "Removed items (pstfix)", "changed": "Older versions (pstfix)"}


def folder_of(s, nid):
    """The name of the folder that a message is in."""
    parent = values(s, s.nodes[nid].parent)
    return next(value.decode("utf-16-le" if tag & 0xFFFF == 0x1F else "ascii") for tag, value in parent.items() if tag >> 16 == NAME)


def earlier(image, nid, node):
    """The store with a message as it was: blocks that were freed are those that superseded pages name."""
    s, f, data = Store(bytes(image.data)), image.format, bytes(image.data)
    s.nodes[nid] = s.nodes[stale_like(s, nid)]._replace(nid=nid, data=node[0], sub=node[1])
    for at in range(0, len(data) - f.page + 1, 512):
        page = data[at:at + f.page]
        if page[f.page_data:f.page_data + 2] == bytes([BBT, BBT]) and not page[f.meta + 2 * f.count + 1]:
            count, size = int.from_bytes(page[f.meta:f.meta + f.count], "little"), page[f.meta + 2 * f.count]
            for raw in (page[i * size:(i + 1) * size] for i in range(count)):
                if int.from_bytes(raw[:f.word], "little") not in s.blocks:
                    s._block(raw)
    return s


def stale_like(s, nid):
    """A message of the same kind."""
    return next(other for other in s.nodes if other & 31 == nid & 31)


@pytest.mark.parametrize("damage", (None, "header", "leaf"))
@pytest.mark.parametrize("fmt", FORMATS)
def test_removed(fmt, damage, tool, tmp_path):
    """Both in folders of their own, with all that they said; all else as it is without them."""
    image = store(fmt, folders=3, messages=12, stale=True, leaf_fill=6)
    stale, before = image.stale, digests(image.store)
    was = {digests(earlier(image, nid, node))[nid].hash
           for nid, node in ((stale.changed, stale.old), (stale.deleted, stale.deleted_node))}
    if damage == "header":
        image.header.zero()
    elif damage == "leaf":
        image.bbt.leaf(0).zero()
    source, out, with_ = tmp_path / "in.pst", tmp_path / "out.pst", tmp_path / "with.pst"
    source.write_bytes(image.sealed(header=damage != "header"))
    assert tool("recover", source, "-o", out).status == CORRECTED
    assert {nid: said.hash for nid, said in digests(Store(out)).items()} == {nid: said.hash for nid, said in before.items()}
    run = tool.json("recover", source, "-o", with_, "--deleted")
    assert run.status == CORRECTED
    told = {line["found"]: line["nid"] for line in run.findings if line["problem"] == "NBT_REMOVED"}
    assert told.keys() == {stale.changed, stale.deleted}
    result = Store(with_)
    after = digests(result)
    assert after.keys() - before.keys() == set(told.values())
    assert all(after[nid].hash == said.hash for nid, said in before.items())
    assert {after[nid].hash for nid in told.values()} == was
    assert {what: folder_of(result, told[getattr(stale, what)]) for what in FOLDERS} == FOLDERS
    assert not [each for each in judge(result) if each[0] == "error"]
    assert not [each for each in judge_layers(result) if each.severity == "error"]
    assert tool("check", with_).status == 0 and tool("repair", with_).status == 0


def embedded_ids(s):
    """Of messages in attachments of those that can be read."""
    below = [node.sub for node in s.nodes.values() if node.nid & 31 == MESSAGE and node.sub]
    while below:
        for nid, (_, sub) in s.subnodes(below.pop()).items():
            if nid & 31 == MESSAGE:
                yield nid
            if sub:
                below.append(sub)


@pytest.mark.parametrize("zeroed", (0, 564))
@pytest.mark.parametrize("name", [*CORPUS, *SAMPLES])
def test_result_is_sound(name, zeroed, path, tool, tmp_path):
    """Also where what was removed is damaged, or all contents are written anew, which leaves older versions of its own."""
    source, out, again = tmp_path / "in.pst", tmp_path / "out.pst", tmp_path / "again.pst"
    source.write_bytes(bytes(zeroed) + path.read_bytes()[zeroed:])
    run = tool.json("recover", "--deleted", source, "-o", out)
    assert run.status in (CORRECTED, CORRECTED | LEFT) and (run.status == CORRECTED) == (not run.losses)
    assert "failure" not in run.last
    result = Store(out)
    assert all(result.nodes[nid].parent in result.nodes for nid in digests(result))
    removed = {line["nid"] for line in run.findings if line["problem"] == "NBT_REMOVED"}
    assert removed <= result.nodes.keys() and removed.isdisjoint(embedded_ids(result))
    assert not [each for each in judge(result) if each[0] == "error"]
    assert not tool.json("check", out).problems
    assert tool("repair", out, "-o", again).status == 0 and not again.exists()


class Recovery:
    """Ids of the items that libpff recovers."""

    def __init__(self, path):
        self.pff = ctypes.CDLL(ctypes.util.find_library("pff") or "libpff.so.1")
        self.file = ctypes.c_void_p()
        self.call("file_initialize", ctypes.byref(self.file))
        self.call("file_open", self.file, str(path).encode(), 1)
        self.pff.libpff_file_recover_items(self.file, 0, None)

    def call(self, name, *args):
        assert getattr(self.pff, f"libpff_{name}")(*args, None) == 1, name

    @property
    def ids(self):
        count, out = ctypes.c_int(), set()
        self.call("file_get_number_of_recovered_items", self.file, ctypes.byref(count))
        for i in range(count.value):
            item, nid = ctypes.c_void_p(), ctypes.c_uint32()
            self.call("file_get_recovered_item", self.file, i, ctypes.byref(item))
            self.call("item_get_identifier", item, ctypes.byref(nid))
            out.add(nid.value)
        return out


@pytest.mark.parametrize("name", [*CORPUS, *SAMPLES])
def test_as_much_as_libpff(name, path, tool, tmp_path):
    """Of each message that libpff recovers there is a version."""
    run = tool.json("recover", "--deleted", path, "-o", tmp_path / "out.pst")
    found = {line["found"] for line in run.findings if line["problem"] == "NBT_REMOVED"}
    recovered = {nid for nid in Recovery(path).ids if nid & 31 == MESSAGE}
    assert recovered <= found
    assert name != "jlibpst-dist-list.pst" or recovered


def test_is_no_option_of_repair(tool, tmp_path):
    assert tool("repair", "--deleted", tmp_path / "x").status == 16
