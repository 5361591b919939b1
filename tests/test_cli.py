"""The command line: what it prints, how it ends, and that it writes only what was asked for."""

import contextlib
import os
import re
import resource
import shutil
import signal
import subprocess
import time

import pytest

from conftest import ROOT
from image.builder import store
from image.reader import Store
from judges import Tool, from_terminal
from problems import nbt_version
from problems.header_protected import encrypt

SOUND, CORRECTED, LEFT, FAILED, USAGE, CANCELLED = 0, 1, 4, 8, 16, 32
FORMATS = ("ansi", "unicode", "unicode4k")


@pytest.fixture
def sound(tmp_path):
    path = tmp_path / "sound.pst"
    path.write_bytes(store("unicode", leaf_fill=6).sealed())
    return path


def wrong_counts():
    image = store("unicode", leaf_fill=6)
    for leaf in image.bbt.leaves:
        leaf.set(0, cref=77)
    return image


@pytest.fixture
def broken(tmp_path):
    """All of it can be put right."""
    path = tmp_path / "mail.pst"
    path.write_bytes(wrong_counts().sealed())
    return path


@pytest.fixture
def hurt(tmp_path):
    """A message with a damaged block and nothing else."""
    image = store("unicode", leaf_fill=6)
    image.node_block(0x200024).flip(8)
    path = tmp_path / "hurt.pst"
    path.write_bytes(image.sealed())
    return path


@pytest.fixture
def hurt_and_broken(tmp_path):
    image = wrong_counts()
    image.node_block(0x200024).flip(8)
    path = tmp_path / "both.pst"
    path.write_bytes(image.sealed())
    return path


def listing(folder):
    return sorted(path.name for path in folder.iterdir())


# how it ends -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", (0o600, 0o640, 0o444))
def test_output_is_as_private(mode, broken, tool, tmp_path):
    """A repaired mailbox can be read by those who could read the broken one."""
    path, out = tmp_path / "in.pst", tmp_path / "out.pst"
    shutil.copy(broken, path)
    path.chmod(mode)
    umask = os.umask(0o022)
    try:
        assert tool("repair", path, "-o", out, "--quiet").status == 1
    finally:
        os.umask(umask)
    assert out.stat().st_mode & 0o777 == mode & ~0o022 | 0o600


@pytest.mark.parametrize("name, check, repair", [
    ("sound", SOUND, SOUND), ("broken", LEFT, CORRECTED), ("hurt", LEFT, LEFT),
    ("hurt_and_broken", LEFT, CORRECTED | LEFT)])
def test_status(name, check, repair, request, tool, tmp_path):
    path = request.getfixturevalue(name)
    before = path.read_bytes(), path.stat().st_mtime_ns
    out = tmp_path / "out.pst"
    assert tool("info", path).status == SOUND
    assert tool("check", path).status == check
    assert tool("repair", "--dry-run", path, "-o", out).status == check
    assert listing(tmp_path) == [path.name]
    run = tool("repair", path, "-o", out)
    assert run.status == repair and not run.err
    assert out.exists() == bool(repair & CORRECTED)
    assert set(listing(tmp_path)) <= {path.name, "out.pst"}, "something was left behind"
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_losses_are_named(hurt, tool):
    block = Store(hurt).nodes[0x200024].data
    run = tool("check", hurt)
    assert "0x200024" in run.out and f"0x{block:X}" in run.out
    assert "NODE_DAMAGED" in tool("repair", hurt).out


def test_several_files(sound, broken, hurt, tool, tmp_path):
    missing = tmp_path / "missing.pst"
    run = tool("check", sound, missing, broken, hurt)
    assert run.status == LEFT | FAILED
    assert run.err == f"pstfix: {missing}: cannot open: No such file or directory\n"
    for path in (sound, broken, hurt):
        assert str(path) in run.out
    assert tool("check", sound, sound).status == SOUND
    run = tool.json("check", sound, missing, broken)
    assert {line["file"] for line in run.lines} == {str(sound), str(missing), str(broken)}


@pytest.mark.parametrize("args", [
    [], ["chek", "FILE"], ["check"], ["info"], ["info", "FILE", "FILE"], ["repair"], ["repair", "FILE", "FILE"],
    ["repair", "FILE", "-o"], ["dump"], ["dump", "FILE"], ["dump", "FILE", "page", "1", "2"], ["explain"],
    ["explain", "NO_SUCH"], ["check", "--no-such", "FILE"], ["check", "-z", "FILE"], ["check", "--dry-run", "FILE"],
    ["check", "-o", "out.pst", "FILE"], ["info", "--force", "FILE"], ["check", "--threads", "0", "FILE"],
    ["check", "--threads", "65", "FILE"], ["check", "--threads", "-1", "FILE"], ["check", "--threads", "two", "FILE"],
    ["check", "--threads", " 2", "FILE"], ["repair", "FILE", "-o", ""], ["repair", "FILE", "-o", "-"],
    ["check", "--threads"], ["check", "--level", "cellar", "FILE"], ["check", "--json=yes", "FILE"]])
def test_usage(args, broken, tool, tmp_path):
    run = tool(*[str(broken) if arg == "FILE" else arg for arg in args], cwd=tmp_path)
    assert run.status == USAGE
    assert run.out == "" and run.err.startswith("pstfix: ") or not args
    assert listing(tmp_path) == [broken.name]


@pytest.mark.parametrize("args", [["--help"], ["-h"], ["check", "--help"], ["repair", "-h"], ["info", "--help"],
                                  ["dump", "--help"], ["explain", "--help"]])
def test_help(args, tool):
    run = tool(*args)
    assert run.status == SOUND and run.out.startswith("Usage: pstfix") and run.err == ""
    assert max(map(len, run.out.splitlines())) <= 100


def test_manual(tool):
    """The man page speaks of every command and option."""
    manual = (ROOT / "tools/pstfix.1").read_text().replace("\\-", "-")
    commands = re.findall(r"^  (\w+) ", tool("--help").out, re.M)
    options = {word for command in commands for word in re.findall(r"--[a-z-]+", tool(command, "--help").out)}
    assert len(commands) >= 5
    missing = [word for word in [*commands, *options] if word not in manual]
    assert not missing


@pytest.mark.parametrize("args", [["--version"], ["check", "--version"]])
def test_version(args, tool):
    assert re.fullmatch(r"pstfix \d+\.\d+\.\d+\n", tool(*args).out)


def test_options_anywhere(broken, tool):
    runs = [tool("check", "--json", broken), tool("check", broken, "--json"), tool("check", "--json", "--", broken),
            tool("check", "--level", "store", "--json", broken), tool("check", "--level=store", "--json", broken)]
    assert len({run.out for run in runs}) == 1 and {run.status for run in runs} == {LEFT}


def test_levels(pstfix, tmp_path):
    """A level tells what those above it tell, and more."""
    image = store("unicode", folders=2, messages=4)
    folder = next(nid for nid in image.store.nodes if nid & 31 == 2 and nid > 0x8082)
    block = image.node_block(folder)
    block.write(block.data.replace("Folder 1".encode("utf-16-le"), "Folder 9".encode("utf-16-le")))
    message = image.node_block(image.expected[1].nid)
    message.write(bytes([message.data[0] ^ 1]) + message.data[1:])  # the page map is elsewhere
    image.header.fAMapValid = 0
    path = tmp_path / "mail.pst"
    path.write_bytes(image.sealed())
    said = {level: {line["problem"] for line in Tool(pstfix).json("check", "--level", level, path).findings}
            for level in ("ndb", "ltp", "store")}
    assert said == {"ndb": {"HEADER_MAPS_INVALID"}, "ltp": {"HEADER_MAPS_INVALID", "HEAP_MAP"},
                    "store": {"HEADER_MAPS_INVALID", "HEAP_MAP", "FOLDER_CELL"}}


# what it prints ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["info", "check", "repair", "dump"])
def test_json(command, hurt_and_broken, tool, tmp_path):
    """Every line is an object that says of which file it speaks."""
    extra = {"repair": ["-o", tmp_path / "out.pst"], "dump": ["header"]}.get(command, [])
    run = tool.json(command, hurt_and_broken, *extra)
    assert run.lines and all(line["file"] == str(hurt_and_broken) for line in run.lines)
    assert run.err == ""
    for line in run.findings:
        assert {"problem", "code", "severity", "fix", "count", "cause", "text"} <= line.keys()
        assert line["severity"] in ("note", "lossless", "loss")
        assert line["cause"] is None or run.findings[line["cause"]] != line
    if command in ("check", "repair"):
        severities = [line["severity"] for line in run.findings]
        totals = [severities.count(severity) for severity in ("note", "lossless", "loss")]
        assert totals == [run.last[name] for name in ("notes", "lossless", "losses")]
        assert run.last["exit"] == run.status


@pytest.mark.parametrize("name", ["with space.pst", "quote'\".pst", "line\nbreak.pst", "tab\t.pst", "Übung ✓.pst",
                                  b"latin \xe4.pst", "-o.pst", "%s%n.pst"])
def test_file_names(name, broken, tool):
    path = os.path.join(os.fsencode(broken.parent), os.fsencode(name))
    os.rename(broken, path)
    run = tool.json("check", os.fsdecode(path))
    assert run.status == LEFT
    if isinstance(name, str):
        assert {line["file"] for line in run.lines} == {os.fsdecode(path)}
    assert tool("repair", "--", os.fsdecode(os.path.basename(path)), cwd=broken.parent).status == CORRECTED
    assert len(os.listdir(broken.parent)) == 2


def test_quiet(sound, broken, tool, tmp_path):
    for path, status in ((sound, SOUND), (broken, LEFT)):
        run = tool("check", "--quiet", path)
        assert (run.status, run.out, run.err) == (status, "", "")
    run = tool("repair", "-q", broken, "-o", tmp_path / "out.pst")
    assert (run.status, run.out, run.err) == (CORRECTED, "", "")
    run = tool("check", "-q", tmp_path / "missing.pst")
    assert run.status == FAILED and run.out == "" and "missing.pst" in run.err
    assert tool.json("check", "-q", broken).problems, "--json asks for something"


def test_text_is_bounded(broken, tool):
    """Ten of each problem, unless --verbose."""
    short, long = tool("check", broken), tool("check", "--verbose", broken)
    count = len(tool.json("check", broken).problems)
    assert count > 10
    assert short.out.count("BBT_REFS") == 11 and f"and {count - 10} more BBT_REFS" in short.out
    assert long.out.count("BBT_REFS") == count


def test_plan(hurt_and_broken, tool, tmp_path):
    """--dry-run names exactly the steps of the run without it."""
    dry = tool.json("repair", "--dry-run", hurt_and_broken)
    wet = tool.json("repair", hurt_and_broken, "-o", tmp_path / "out.pst")
    steps = [[line for line in run.lines if "step" in line] for run in (dry, wet)]
    assert steps[0] == steps[1] and steps[0]
    assert dry.findings == wet.findings
    assert dry.last["steps"] == len(steps[0]) and "output" not in dry.last
    assert wet.last["verdict"] == "agreed" and wet.last["output"] == str(tmp_path / "out.pst")


@pytest.mark.parametrize("threads", [1, 2, 3, 64])
def test_threads(threads, hurt_and_broken, tool, tmp_path):
    check = tool.json("check", hurt_and_broken, "--threads", threads)
    assert check.out == tool.json("check", hurt_and_broken).out
    out, other = tmp_path / "out.pst", tmp_path / "other.pst"
    assert tool("repair", hurt_and_broken, "-o", out, "--threads", threads).status == CORRECTED | LEFT
    assert tool("repair", hurt_and_broken, "-o", other).status == CORRECTED | LEFT
    assert out.read_bytes() == other.read_bytes()


def test_threads_on_a_real_file(samples, tool):
    path = samples / "enron.pst"
    assert len({tool.json("check", path, "--threads", n).out for n in (1, 2, 7)}) == 1


def test_same_bytes_everywhere(broken, tool, tmp_path):
    """Neither names nor times are in the output."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "other.ost").write_bytes(broken.read_bytes())
    time.sleep(0.01)
    assert tool("repair", broken, "-o", tmp_path / "one.pst").status == CORRECTED
    assert tool("repair", "other.ost", "-o", "two", cwd=elsewhere).status == CORRECTED
    assert (tmp_path / "one.pst").read_bytes() == (elsewhere / "two").read_bytes()


def test_no_progress_unless_on_a_terminal(broken, tool, tmp_path):
    assert tool("check", broken).err == ""
    assert tool("repair", broken, "-o", tmp_path / "out.pst").err == ""


@pytest.mark.parametrize("colours", [True, False])
def test_colours(colours, broken, pstfix):
    environment = {**os.environ, "TERM": "xterm", **({} if colours else {"NO_COLOR": "1"})}
    said, _, _ = from_terminal([pstfix, "check", broken], "stdout", env=environment)
    assert (b"\x1b[" in said) == colours


# where it writes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name, expected", [
    ("mail.pst", "mail.repaired.pst"), ("mail", "mail.repaired"), ("a.b.ost", "a.b.repaired.ost"),
    (".pst", ".pst.repaired")])
def test_default_name(name, expected, broken, tool):
    folder = broken.parent / "folder.d"
    folder.mkdir()
    path = broken.rename(folder / name)
    assert tool("repair", path).status == CORRECTED
    assert listing(folder) == sorted([name, expected])


@pytest.mark.parametrize("out, why", [("nowhere/out.pst", "nothing can be written to nowhere"), ("folder", "is no regular file"),
                                      ("/dev/null", "is no regular file")])
def test_output_refused_at_once(out, why, broken, tool, tmp_path):
    """Before the check, which can take an hour: no plan is printed."""
    (tmp_path / "folder").mkdir()
    run = tool("repair", "--force", broken, "-o", out, cwd=tmp_path)
    assert run.status == FAILED and run.out == "" and why in run.err and len(run.err.splitlines()) == 1
    assert listing(tmp_path) == sorted([broken.name, "folder"])


def test_out_exists(broken, tool, tmp_path):
    out = tmp_path / "out.pst"
    out.write_bytes(b"precious")
    run = tool("repair", broken, "-o", out)
    assert run.status == FAILED and run.err == f"pstfix: {out}: exists already; --force replaces it\n"
    assert out.read_bytes() == b"precious"
    assert tool("repair", "--force", broken, "-o", out).status == CORRECTED
    assert tool("check", out).status == SOUND
    assert listing(tmp_path) == sorted([broken.name, "out.pst"])


def hard_link(path, out):
    os.link(path, out)


def symbolic_link(path, out):
    out.symlink_to(path)


def link_of_a_link(path, out):
    out.with_name("between").symlink_to(path)
    out.symlink_to("between")


@pytest.mark.parametrize("link", [None, hard_link, symbolic_link, link_of_a_link])
@pytest.mark.parametrize("force", [[], ["--force"]], ids=["", "force"])
def test_out_is_the_input(link, force, broken, tool, tmp_path):
    out = tmp_path / "." / ".." / tmp_path.name / "mail.pst" if link is None else tmp_path / "link.pst"
    if link:
        link(broken, out)
    before, names = broken.read_bytes(), listing(tmp_path)
    run = tool("repair", *force, broken, "-o", out)
    assert run.status == FAILED and "is the input" in run.err, run.err
    assert broken.read_bytes() == before and listing(tmp_path) == names


def test_input_is_the_link(broken, tool, tmp_path):
    """FILE by way of a link: the output goes beside the link."""
    (tmp_path / "links").mkdir()
    link = tmp_path / "links" / "mail.pst"
    link.symlink_to(broken)
    assert tool("repair", link).status == CORRECTED
    assert listing(tmp_path / "links") == ["mail.pst", "mail.repaired.pst"]


@pytest.mark.parametrize("out", ["missing/out.pst", "", "mail.pst/out.pst", "/dev/null", "/dev/full", "folder",
                                 "folder/", "."])
@pytest.mark.parametrize("force", [[], ["--force"]], ids=["", "force"])
def test_out_cannot_be(out, force, broken, tool, tmp_path):
    (tmp_path / "folder").mkdir()
    before = broken.read_bytes()
    run = tool("repair", *force, broken, "-o", out, cwd=tmp_path)
    assert run.status in (FAILED, USAGE) and run.err.startswith("pstfix: ")
    assert listing(tmp_path) == ["folder", "mail.pst"] and listing(tmp_path / "folder") == []
    assert broken.read_bytes() == before
    assert os.path.exists("/dev/null") and not os.path.isfile("/dev/null"), "a device was replaced"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_read_only(broken, tool, tmp_path):
    tmp_path.chmod(0o555)
    run = tool("repair", broken)
    tmp_path.chmod(0o755)
    assert run.status == FAILED and "Permission denied" in run.err
    assert listing(tmp_path) == [broken.name]


def test_disk_full(broken, tool, tmp_path):
    """A limit on the size of files stands in for a full disk."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))

    before = broken.read_bytes()
    run = tool("repair", broken, "-o", tmp_path / "out.pst", preexec_fn=limit, restore_signals=False)
    assert run.status == FAILED and "out.pst" in run.err
    assert listing(tmp_path) == [broken.name] and broken.read_bytes() == before


def test_input_read_only(broken, tool, tmp_path):
    broken.chmod(0o400)
    assert tool("repair", broken, "-o", tmp_path / "out.pst").status == CORRECTED
    assert (tmp_path / "out.pst").stat().st_size == broken.stat().st_size


def test_require_verify(broken, tool, tmp_path):
    assert tool("repair", "--require-verify", broken, "-o", tmp_path / "out.pst").status == CORRECTED
    image = encrypt(wrong_counts())             # by Windows: libpff has no key
    path, out = tmp_path / "wip.pst", tmp_path / "wip.out"
    path.write_bytes(image.sealed())
    run = tool("repair", "--require-verify", path, "-o", out)
    assert run.status == FAILED and not out.exists() and "cannot judge" in run.err
    assert (tmp_path / "wip.out.rejected").exists()
    run = tool("repair", path, "-o", out)
    assert run.status == CORRECTED and "cannot judge" in run.err
    assert tool("check", out).status == SOUND


def test_version_unknown_to_libpff(tool, tmp_path):
    """A proven header with version 37 stays; libpff, which would read nonsense, is not asked."""
    image = wrong_counts()
    image.header.wVer = 37
    path, out = tmp_path / "in.pst", tmp_path / "out.pst"
    path.write_bytes(image.sealed())
    run = tool("repair", path, "-o", out)
    assert run.status == CORRECTED and "does not know version 37" in run.err
    assert Store(out).header["wVer"] == 37 and tool("check", out).status == SOUND


def test_address_books_unread_by_libpff(tool, tmp_path):
    image = wrong_counts()
    image.header.wMagicClient = b"AB"
    path, out = tmp_path / "in.pab", tmp_path / "out.pab"
    path.write_bytes(image.sealed())
    run = tool("repair", path, "-o", out)
    assert run.status == CORRECTED and "does not read address books" in run.err
    assert Store(out).header["wMagicClient"] == b"AB" and tool("check", out).status == SOUND


@pytest.mark.parametrize("fmt", FORMATS)
def test_no_names_unread_by_libpff(fmt, tool, tmp_path):
    """The name map of a new store has no entries."""
    def without_names(draft):
        names = draft.pc(0x61)
        for stream in (2, 3, 4):
            names.change(stream, raw=0)
        for prop in [prop for prop, *_ in names.records() if prop >= 0x1000]:       # hash buckets, which know them, too
            names.remove(prop)

    image = store(fmt, folders=2, messages=2, change=without_names)
    image.header.fAMapValid = 0
    path, out = tmp_path / "in.pst", tmp_path / "out.pst"
    path.write_bytes(image.sealed())
    run = tool("repair", path, "-o", out)
    assert run.status == CORRECTED and "without names" in run.err
    assert tool("check", out).status == SOUND


# signals and pipes -------------------------------------------------------------------------------------------


def test_after_one_that_was_killed(broken, tool, tmp_path):
    """What a repair that was killed has left stays, and is in nobody's way."""
    left = [tmp_path / f"out.pst.tmp{i}" for i in range(3)]
    for path in left:
        path.write_bytes(b"half")
    assert tool("repair", broken, "-o", tmp_path / "out.pst").status == CORRECTED
    assert listing(tmp_path) == sorted([broken.name, "out.pst", *(path.name for path in left)])
    assert {path.read_bytes() for path in left} == {b"half"}
    assert tool("check", tmp_path / "out.pst").status == SOUND


def has_open(process, path):
    """Files may be closed while this looks."""
    for number in os.listdir(f"/proc/{process.pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            if os.readlink(f"/proc/{process.pid}/fd/{number}") == str(path.resolve()):
                return True
    return False


@pytest.mark.parametrize("command", ["check", "repair"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(command, number, broken, tool, tmp_path):
    os.truncate(broken, 64 << 30)               # a hole that takes a while to read
    run = tool(command, broken)
    for _ in range(500):
        if has_open(run.process, broken):
            break
        time.sleep(0.01)
    run.process.send_signal(number)
    assert run.status == CANCELLED
    assert run.out == ""
    assert listing(tmp_path) == [broken.name]


def without_reader(*command):
    ours, theirs = os.pipe()
    os.close(ours)
    try:
        return subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, timeout=20)
    finally:
        os.close(theirs)


@pytest.mark.parametrize("args", [["explain", "--all"], ["check", "-v", "FILE"], ["check", "--json", "FILE"],
                                  ["dump", "FILE", "header"]])
def test_reader_gone(args, broken, pstfix):
    """As in `pstfix ... | head -1`: no signal, no noise."""
    done = without_reader(pstfix, *[broken if arg == "FILE" else arg for arg in args])
    assert done.returncode >= 0 and done.stderr == b""


def test_repair_names_what_it_drops(pstfix, tmp_path):
    """The result has no trace of a node that was taken for deleted, so the report of the repair has."""
    image = store("unicode", leaf_fill=6, stale=True)
    image.nbt.root.zero()
    path = tmp_path / "mail.pst"
    path.write_bytes(image.sealed())
    for dry in (("--dry-run",), ()):
        run = Tool(pstfix)("repair", path, "-o", tmp_path / "out.pst", *dry)
        assert run.status == (LEFT if dry else CORRECTED)
        assert re.search(rf"^Taken for deleted:\n.*NBT_DROPPED.*0x{image.stale.deleted:X}", run.out, re.M)
    assert Tool(pstfix)("check", tmp_path / "out.pst").out.count("\n") == 1


def test_repair_names_other_versions(pstfix, tmp_path):
    """Nor has it one of what a message was before it was changed."""
    path = tmp_path / "mail.pst"
    path.write_bytes(nbt_version.build("unicode"))
    for dry in (("--dry-run",), ()):
        run = Tool(pstfix)("repair", path, "-o", tmp_path / "out.pst", *dry)
        assert re.search(r"^Other versions that do not come back:\n.*NBT_VERSION.* message 0x200024 ", run.out, re.M)


def test_repair_without_a_reader(broken, pstfix, tmp_path):
    """A plan that could not be printed is not carried out."""
    assert without_reader(pstfix, "repair", broken).returncode & FAILED
    assert listing(tmp_path) == [broken.name]


def test_output_full(broken, tool):
    with open("/dev/full", "wb") as full:
        run = tool("check", "--json", broken, stdout=full)
        assert run.status & FAILED
        assert run.err == "pstfix: standard output: No space left on device\n"


@pytest.mark.parametrize("closed", [0, 1, 2])
def test_standard_stream_closed(closed, broken, tool, tmp_path):
    """What is opened first then does not become a standard stream."""
    before = broken.read_bytes()
    run = tool("repair", broken, "-o", tmp_path / "out.pst", preexec_fn=lambda: os.close(closed))
    assert run.status in ((CORRECTED,) if closed == 0 else (CORRECTED, FAILED, CORRECTED | FAILED))
    assert broken.read_bytes() == before
    if (tmp_path / "out.pst").exists():
        assert tool("check", tmp_path / "out.pst").status == SOUND


@pytest.mark.parametrize("name", ["\033[2J.pst", "a\nb.pst", "\u202egpj.pst", "\u009bX.pst", "quote's \033.pst"])
def test_names_that_a_terminal_would_obey(name, broken, tool, tmp_path):
    """File names are shown as all text from outside; what is to be typed is quoted, so that it can be."""
    path, out = tmp_path / name, tmp_path / ("out " + name)
    shutil.copy(broken, path)
    runs = [tool("info", path), tool("list", path), tool("check", path), tool("repair", path, "-o", out), tool("check", out),
            tool("repair", path, "-o", path), tool("repair", path, "-o", out), tool("repair", out),
            tool("check", str(path) + ".gone"), tool("explain", name), tool("check", "--threads", name), tool(name)]
    for run in runs:
        shown = run.out + run.err
        assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown), run
        assert "a\nb" not in shown, run
    typed = re.search(r"^To repair: pstfix repair (.*)$", runs[2].out, re.M)[1]
    assert subprocess.run(["bash", "-c", f"printf %s {typed}"], capture_output=True).stdout.decode() == str(path)


# info, dump, explain -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("fmt", FORMATS)
def test_info(fmt, tool, tmp_path):
    image = store(fmt, messages=3)
    path = tmp_path / "in.pst"
    path.write_bytes(image.sealed())
    *_, info = tool.json("info", path).lines
    h = image.store.header
    expected = {"format": fmt, "header_proven": True, "size": image.store.size, "version": h["wVer"],
                "client": h["wMagicClient"].decode(), "encoding": 1, "end": h["ibFileEof"],
                "free_bytes": h["cbAMapFree"], "nbt_page": h["nbt.ib"], "nbt_id": h["nbt.bid"], "bbt_page": h["bbt.ib"],
                "bbt_id": h["bbt.bid"], "next_block_id": h["bidNextB"], "next_page_id": h["bidNextP"],
                "unique": h["dwUnique"], "nodes": len(image.store.nodes), "blocks": len(image.store.blocks)}
    assert {name: info[name] for name in expected} == expected
    assert fmt in tool("info", path).out
    path.write_bytes(bytes(564) + image.sealed()[564:])
    (info,) = tool.json("info", path).lines
    assert (info["format"], info["header_proven"], info["format_from_content"]) == (fmt, False, True)


@pytest.fixture(params=FORMATS)
def dumped(request, tool, tmp_path):
    """An image, and dump(what...) -> [(name, offset, value)]"""
    image = store(request.param, leaf_fill=6, messages=3)
    path = tmp_path / "in.pst"
    path.write_bytes(image.sealed())

    def dump(*what):
        run = tool.json("dump", path, *what)
        assert run.status == SOUND, run.err
        assert tool("dump", path, *what).status == SOUND
        return [(line["name"], line.get("offset"), line["value"]) for line in run.lines]

    return image, dump


def number(value):
    return int(value.split()[0], 0)


def test_dump_header(dumped):
    image, dump = dumped
    h, seen = image.header, {name: (at, value) for name, at, value in dump("header")}
    for name in ("bidNextB", "bidNextP", "dwUnique", "ibFileEof", "ibAMapLast", "cbAMapFree", "wVer", "bCryptMethod"):
        assert (seen[name][0], number(seen[name][1])) == (h.fields[name][0], h[name]), name
    for tree in ("nbt", "bbt"):
        for part in ("bid", "ib"):
            assert number(seen[f"BREF{tree.upper()}.{part}"][1]) == h[f"{tree}.{part}"]
    assert [number(seen[f"rgnid[{i}]"][1]) for i in range(32)] == h["rgnid"]
    assert seen["dwCRCPartial"][1].endswith("(right)")


def test_dump_page(dumped):
    image, dump = dumped
    for page in (image.nbt.root, image.nbt.leaf(1), image.bbt.leaf(0)):
        rows = dump("page", hex(page.ib))
        seen = {name: value for name, _, value in rows}
        assert number(seen["bid"]) == page.bid and seen["proven"] == "yes"
        assert (number(seen["cEnt"]), number(seen["cLevel"])) == (len(page), page.level)
        entries = [at for name, at, _ in rows if name.endswith("ENTRY")]
        assert entries == [page.ib + i * page.step for i in range(len(page))]
    assert ("proven", None, "yes") in dump("page", image.format.first_amap)


def test_dump_block(dumped):
    image, dump = dumped
    block = image.node_block(0x21)
    for what in (("block", hex(block.bid)), (f"block@{block.ib:#x}",)):
        seen = {name: (at, value) for name, at, value in reversed(dump(*what))}
        assert number(seen["bid"][1]) == block.bid and number(seen["cb"][1]) == block.cb
        assert seen["dwCRC"][1].endswith("(right)")
        assert seen["data"][1].lower().startswith(block.data[:16].hex(" ")), what


def test_dump_node(dumped):
    image, dump = dumped
    for nid in (0x21, 0x122, 0x200024):
        node = image.node(nid)
        seen = {name: value for name, _, value in reversed(dump("node", hex(nid)))}
        assert [number(seen[name]) for name in ("nid", "bidData", "bidSub", "nidParent")] == list(node)


def test_dump_subnode(dumped):
    image, dump = dumped
    for nid, data, sub in ((nid, *entry) for nid, entry in image.store.subnodes(image.node(0x200024).sub).items()):
        for what in (("node", f"0x200024/{nid:#x}"), (f"node:{0x200024}/{nid}",)):
            rows = dump(*what)
            seen = {name: value for name, _, value in reversed(rows)}
            assert [number(seen[name]) for name in ("nid", "bidData", "bidSub")] == [nid, data, sub]
            assert "nidParent" not in seen, "the index has that for nodes only"
            assert [number(value.split()[1]) for name, _, value in rows if name == "subnode"] == list(image.store.subnodes(sub))


def test_dump_of_wrong_checksum(dumped, tool, tmp_path):
    image, dump = dumped
    page = image.nbt.leaf(1)
    assert dict((name, value) for name, _, value in dump("page", page.ib))["dwCRC"].endswith(" (right)")
    image = image.copy()
    image.flip(page.ib)
    (tmp_path / "wrong.pst").write_bytes(image.sealed())
    seen = {line["name"]: line["value"] for line in tool.json("dump", tmp_path / "wrong.pst", "page", page.ib).lines}
    assert seen["dwCRC"].endswith(" (wrong)") and seen["wSig"].endswith(" (right)") and seen["proven"] == "no"


@pytest.mark.parametrize("what", [["cellar"], ["page"], ["page", "x"], ["page", "0xFFFFFFFFFFFFFFFF"],
                                  ["page", "99999999"], ["block", "0x7FFFFFFC"], ["block", "0"],
                                  ["node", "0x7FFFFFFF"], ["node", "1 2"], ["node", "0x200024/"], ["node", "0x200024/0x21"],
                                  ["node", "0x200024/0x671 "], ["node", "/0x671"],
                                  ["node", "-1"], ["node", "0x100000021"], ["block", "99999999999999999999999"]])
def test_dump_of_nothing(what, sound, tool):
    run = tool("dump", sound, *what)
    assert run.status in (FAILED, USAGE)
    assert run.err.startswith("pstfix: ") and run.out == ""


def problems():
    text = (ROOT / "include/pstfix/problems.def").read_text()
    return re.findall(r"^PROBLEM\((\w+), (0x[0-9A-F]{4})", text, re.M)


@pytest.mark.parametrize("name, code", problems())
def test_explain(name, code, tool):
    for what in (name, name.lower(), code, code.lower()):
        run = tool("explain", what)
        assert run.status == SOUND
        assert run.out.startswith(f"{name} ({code})\n") and len(run.out.splitlines()) > 5


def test_explain_all(tool):
    run = tool.json("explain", "--all")
    assert [(line["problem"], line["code"]) for line in run.lines] == problems()
    fields = {"offset", "size", "id", "nid", "tag", "hid", "expected", "found", "count", "expected#", "found#"}
    for line in run.lines:
        assert set(re.findall(r"\{(.*?)\}", line["message"])) <= fields, line["problem"]
    assert max(map(len, tool("explain", "--all").out.splitlines())) <= 100


@pytest.mark.parametrize("damaged", (("node", 0x122), ("header", 0x234)))
def test_all_that_is_whole_is_opened_by_libpff(damaged, tool, tmp_path):
    """Below a folder that is made anew, too."""
    image = store("unicode")
    path, whole = tmp_path / "in.pst", {nid for nid in image.store.nodes if nid & 31 in (2, 4)}
    if damaged[0] == "node":
        block = image.store.blocks[image.store.nodes[damaged[1]].data]
        image.zero(block.ib, block.ib + block.cb)
        whole.remove(damaged[1])
    path.write_bytes(image.sealed())
    if damaged[0] == "header":
        path.write_bytes(bytes(damaged[1]) + path.read_bytes()[damaged[1]:])
    run = tool("repair", path, "--require-verify")
    assert run.status & 1 and f"opens all {len(whole)} whole folders and messages" in run.out


def test_plan_of_a_sound_file(tool, tmp_path):
    path = tmp_path / "in.pst"
    path.write_bytes(store("unicode").sealed())
    lines = tool("recover", "--dry-run", path).out.splitlines()
    assert lines[0] == f"{path}: 0 problems" and lines[1].startswith("  1. ")
    path.write_bytes(b"!BDN" + bytes(560) + path.read_bytes()[564:])
    first = next(line for line in tool("repair", "--dry-run", path).out.splitlines() if line.startswith("  1. "))
    assert "follows from" not in first
