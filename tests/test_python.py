"""The Python module: what C returns comes out as values, what fails is raised, nothing is freed too early or never."""

import errno
import gc
import importlib
import itertools
import os
import pickle
import resource
import sys
import threading
import time
from pathlib import Path

import pytest

from conftest import ROOT
from image.builder import store

WRONG_COUNT = 77


def module():
    """The built module; named by PSTFIX_PYTHON it has to be there."""
    named = os.environ.get("PSTFIX_PYTHON")
    sys.path.insert(0, str(Path(named or ROOT / "build/bindings/python").resolve()))
    try:
        return importlib.import_module("pstfix")
    except ImportError as error:
        if named:
            raise
        pytest.skip(f"the Python module was not built: {error}", allow_module_level=True)
    finally:
        del sys.path[0]


pstfix = module()


@pytest.fixture
def sound(tmp_path):
    path = tmp_path / "sound.pst"
    path.write_bytes(store("unicode", leaf_fill=6).sealed())
    return path


@pytest.fixture
def broken(tmp_path):
    image = store("unicode", leaf_fill=6)
    for leaf in image.bbt.leaves:
        leaf.set(0, cref=WRONG_COUNT)
    path = tmp_path / "broken.pst"
    path.write_bytes(image.sealed())
    return path


def problems(report):
    return [finding for finding in report if finding.severity != pstfix.NOTE]


# values ------------------------------------------------------------------------------------------------------


def test_sound(sound):
    file = pstfix.open(sound)
    info = pstfix.file_info(file)
    assert (info.format, info.client, info.version, info.header_proven) == ("unicode", "SM", 23, True)
    assert info.size == sound.stat().st_size
    report = pstfix.check(file)
    assert not problems(report)
    assert pstfix.report_total(report, pstfix.LOSS) == 0
    assert pstfix.report_statistics(report).nodes == pstfix.report_node_count(report) == info.nodes
    nodes = [pstfix.report_node_at(report, i) for i in range(info.nodes)]
    assert all(node.whole for node in nodes) and 0x21 in {node.nid for node in nodes}
    assert len(pstfix.plan_repair(report)) == 0


def test_broken_and_repaired(broken, tmp_path):
    out = tmp_path / "out.pst"
    file = pstfix.open(broken)
    report = pstfix.check(file)
    found = problems(report)
    assert found and len(report) == report.count() == pstfix.report_count(report)
    for finding in found:
        row = pstfix.problem_info_of(finding.problem)
        assert (row.severity, row.fix) == (finding.severity, finding.fix) == (pstfix.LOSSLESS, pstfix.FIX_BBT)
        assert finding.found == WRONG_COUNT and str(WRONG_COUNT) in finding.text()
        assert finding.text() == pstfix.finding_text(finding) and "{" not in finding.text()
        assert pstfix.report_left_out(report, finding.problem) == 0
    plan = pstfix.plan_repair(report)
    assert [step.fix for step in plan if step.fix == pstfix.FIX_BBT] and all(step.text for step in plan)
    assert pstfix.plan_left(plan) == 0
    before = broken.read_bytes()
    assert pstfix.apply_to(plan, out) is None
    assert broken.read_bytes() == before
    assert not problems(pstfix.check(pstfix.open(out)))
    verdict, why = pstfix.verify_libpff(broken, out, report)
    assert verdict in (pstfix.AGREED, pstfix.CANNOT_JUDGE), why
    assert isinstance(why, str)


def test_in_place(broken):
    before = broken.read_bytes()
    plan = pstfix.plan_repair(pstfix.check(pstfix.open(broken)))
    assert pstfix.apply_in_place(plan, broken, pstfix.InPlaceOptions()) is None
    assert not problems(pstfix.check(pstfix.open(broken)))
    assert pstfix.undo_state_of(broken) == pstfix.UNDO_DONE
    assert pstfix.undo(broken) is None
    assert broken.read_bytes() == before and pstfix.undo_state_of(broken) == pstfix.UNDO_NONE
    with pytest.raises(FileNotFoundError):
        pstfix.undo(broken, str(broken) + ".other")


def test_problems():
    rows = [pstfix.problem_at(i) for i in range(pstfix.problem_count())]
    assert all(getattr(pstfix, row.name) == row.problem and row.explain for row in rows)
    row = pstfix.problem_find("nbt_order")
    assert row.name == "NBT_ORDER" and pstfix.problem_find(hex(row.problem)).name == row.name
    assert pstfix.problem_find("no such") is None


@pytest.mark.parametrize("kind", [str, os.fsencode, Path])
def test_kinds_of_paths(kind, sound, tmp_path):
    path = os.path.join(os.fsencode(tmp_path), b"latin \xe4.pst")
    os.rename(sound, path)
    pstfix.open(kind(os.fsdecode(path)))


# errors ------------------------------------------------------------------------------------------------------


def test_system_errors(tmp_path, broken):
    with pytest.raises(FileNotFoundError) as caught:
        pstfix.open(tmp_path / "missing.pst")
    assert caught.value.errno == errno.ENOENT and "missing" not in str(caught.value)
    plan = pstfix.plan_repair(pstfix.check(pstfix.open(broken)))
    with pytest.raises(FileNotFoundError):
        pstfix.apply_to(plan, tmp_path / "no folder" / "out.pst")


def test_library_errors(tmp_path, broken):
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear reader, " * 1000)
    with pytest.raises(pstfix.Error) as caught:
        pstfix.open(letter)
    assert caught.value.status == pstfix.ERROR_FORMAT and str(caught.value)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (copy.status, str(copy)) == (pstfix.ERROR_FORMAT, str(caught.value))
    assert issubclass(pstfix.Error, RuntimeError) and not isinstance(caught.value, OSError)
    plan, options = pstfix.plan_repair(pstfix.check(pstfix.open(broken))), pstfix.ApplyOptions()
    with pytest.raises(pstfix.Error) as caught:
        pstfix.apply_to(plan, letter)
    assert caught.value.status == pstfix.ERROR_EXISTS
    options.force = True
    pstfix.apply_to(plan, letter, options)
    assert not problems(pstfix.check(pstfix.open(letter)))


def test_wrong_use(sound):
    file = pstfix.open(sound)
    report = pstfix.check(file)
    for kind, call in (
            (TypeError, lambda: pstfix.open(None)), (TypeError, lambda: pstfix.open(7)),
            (TypeError, lambda: pstfix.check(None)), (TypeError, lambda: pstfix.check(report)),
            (TypeError, lambda: pstfix.plan_repair(file)), (TypeError, lambda: pstfix.finding_text(None)),
            (TypeError, lambda: pstfix.problem_find(None)), (ValueError, lambda: pstfix.open("a\0b")),
            (IndexError, lambda: report[len(report)]), (IndexError, lambda: pstfix.problem_at(10_000)),
            (IndexError, lambda: pstfix.report_node_at(report, pstfix.report_node_count(report))),
            (OverflowError, lambda: report[-1]), (ValueError, lambda: pstfix.report_left_out(report, 0xFFFF)),
            (AttributeError, pstfix.File), (AttributeError, lambda: setattr(pstfix.file_info(file), "size", 0))):
        with pytest.raises(kind):
            call()


# owning ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", itertools.permutations(("file", "report", "plan")))
def test_any_order_of_freeing(order, broken, tmp_path):
    kept = {"file": pstfix.open(broken)}
    kept["report"] = pstfix.check(kept["file"])
    kept["plan"] = pstfix.plan_repair(kept["report"])
    finding, step = kept["report"][0], kept["plan"][0]
    text = finding.text(), step.text
    for i, name in enumerate(order):
        del kept[name]
        gc.collect()
        if "plan" in kept:
            pstfix.apply_to(kept["plan"], tmp_path / f"out{i}.pst")
        if "report" in kept:
            assert pstfix.check(pstfix.open(broken)).count() == len(kept["report"])
    assert (finding.text(), step.text) == text


def test_memory_stays_flat(broken):
    orders = itertools.cycle(itertools.permutations(range(3)))
    letter = broken.with_suffix(".txt")
    letter.write_bytes(b"x" * 10_000)

    def cycles(n):
        for order in itertools.islice(orders, n):
            file = pstfix.open(broken)
            report = pstfix.check(file)
            kept = [file, report, pstfix.plan_repair(report)]
            assert all(finding.text() for finding in report) and all(step.text for step in kept[2])
            del file, report
            for i in order:
                kept[i] = None
            with pytest.raises(pstfix.Error):
                pstfix.open(letter)
        gc.collect()
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

    sizes = [cycles(200), *(cycles(1000) for _ in range(3))]    # a leak is in each; the system may add a large page at any time
    assert min(after - before for before, after in itertools.pairwise(sizes)) < 1 << 20


# threads -----------------------------------------------------------------------------------------------------


def test_two_files_at_once(sound, broken):
    start, counts = threading.Barrier(2), {}

    def work(path):
        start.wait()
        counts[path] = [len(problems(pstfix.check(pstfix.open(path)))) for _ in range(20)]

    threads = [threading.Thread(target=work, args=(path,)) for path in (sound, broken)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(counts[sound]) == {0} and len(set(counts[broken])) == 1 and counts[broken][0] > 0


def test_lock_is_dropped(sound):
    """While this thread is never asked to let go of the interpreter, another one runs only if a check lets go."""
    file, ticks, ended = pstfix.open(sound), [0], threading.Event()

    def tick():
        while not ended.is_set():
            ticks[0] += 1
            time.sleep(0)

    interval = sys.getswitchinterval()
    thread = threading.Thread(target=tick)
    thread.start()
    sys.setswitchinterval(1000)
    try:
        for _ in range(100):
            before = ticks[0]
            pstfix.check(file)
            if ticks[0] != before:
                break
        else:
            pytest.fail("nobody else ran during a hundred checks")
    finally:
        sys.setswitchinterval(interval)
        ended.set()
        thread.join()
