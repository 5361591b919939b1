"""Sound real files: check has nothing to say of their node database but known notes, and repair leaves them alone.

Two of them truly are inconsistent; the Python reader confirms it from the bytes. What is above the node database is
compared in test_layers.py.
"""

import anew
import pytest

from image.reader import Store, content, judge
from judges import Tool

# file -> names of all findings
CORPUS = {
    "gopst-32-bit.pst": set(),
    "gopst-support.pst": {"HEADER_AMAP_FREE", "HEADER_RGNID_SUBNODE"},
    "jlibpst-dist-list.pst": {"BLOCK_ORPHAN"},
    "libyal-outlook.pst": set(),
    "msrs-Empty.pst": set(),
    "pstsdk-sample1.pst": set(),
    "pstsdk-submessage.pst": set(),
    "pstsdk-test_ansi.pst": set(),
    "pstsdk-test_unicode.pst": set(),
}
SAMPLES = {
    "enron.pst": {"AMAP_LEAK", "DLIST_PAGE"},
    "pstextractortest@outlook.com.ost": {"BLOCK_ORPHAN"},
    "pstextractortestpdf@outlook.com.ost": {"BLOCK_ORPHAN"},
}
# file -> the finding above a note, what judge() calls it and says
INCONSISTENT = {
    # written by Exchange: 1002752 in the header, 1507 clear bits of 64 bytes in its four maps
    "gopst-support.pst": ("HEADER_AMAP_FREE", "cbAMapFree", "cbAMapFree 1002752, the maps have 96448"),
    # written by other software than Outlook: a page of type 0x86 without checksum and signature
    "enron.pst": ("DLIST_PAGE", "dlist", "page 0x4200 has a wrong CRC"),
}
# what a note of check and a note of judge() have in common
NOTES = {"HEADER_RGNID_SUBNODE": "rgnid", "BLOCK_ORPHAN": "orphan", "AMAP_LEAK": "leak"}


@pytest.fixture
def path(request, name):
    return request.getfixturevalue("corpus" if name in CORPUS else "samples") / name


@pytest.mark.parametrize("name", [*CORPUS, *SAMPLES])
def test_sound(name, path, pstfix, tmp_path):
    tool, before = Tool(pstfix), path.read_bytes()
    check = tool.json("check", "--level", "ndb", path)
    assert {line["problem"] for line in check.findings} == {**CORPUS, **SAMPLES}[name]
    expected = [INCONSISTENT[name][0]] if name in INCONSISTENT else []
    assert [line["problem"] for line in check.problems] == expected
    assert check.status == (4 if expected else 0)

    out = tmp_path / "out.pst"
    repair = tool.json("repair", path, "-o", out)
    assert repair.status == (1 if expected else 0)
    assert out.exists() == bool(expected)
    if expected:
        after = tool.json("check", "--level", "ndb", out)
        assert after.status == 0 and not after.problems
        result, source = Store(out), Store(path)
        after, original = content(result), content(source)
        assert after.keys() - original.keys() <= {0x2230}       # what enron.pst lacks
        assert original.keys() <= after.keys()
        others = {nid for nid in original if after[nid] != original[nid]}
        assert all(anew.may_be(nid) and not anew.differences(source, result, nid) for nid in others)
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", [*CORPUS, *SAMPLES])
def test_confirmed(name, path):
    """The Python reader sees the same, in the bytes."""
    complaints = judge(Store(path))
    errors = [(code, text) for severity, code, text in complaints if severity == "error"]
    assert errors == ([INCONSISTENT[name][1:]] if name in INCONSISTENT else [])
    notes = {code for severity, code, _ in complaints if severity == "note"} - {"eof", "padding"}
    assert {NOTES[problem] for problem in {**CORPUS, **SAMPLES}[name] if problem in NOTES} == notes


@pytest.mark.parametrize("name", SAMPLES)
def test_counts(name, path, pstfix):
    """Notes are as many as the Python reader counts."""
    check = Tool(pstfix).json("check", path)
    complaints = [code for severity, code, _ in judge(Store(path)) if severity == "note"]
    for problem, code in NOTES.items():
        assert sum(line["problem"] == problem for line in check.findings) == complaints.count(code), problem
    summary = check.last
    seen = Store(path)
    assert (summary["nodes"], summary["blocks"]) == (len(seen.nodes), len(seen.blocks))
    assert summary["damaged_nodes"] == 0
