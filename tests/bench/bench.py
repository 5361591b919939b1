#!/usr/bin/env python3
"""How fast is `pstfix check`, and how much memory does it take?  Whole processes, medians, warm cache.

    bench.py [--full] [--runs N] [--folder DIR] [speed] [memory] [linear] [repair]

speed    check against the floor (pst-floor) and against other readers, on the same files
memory   peak memory against the number of blocks and index entries
linear   16 MB to 1 GB; with --full to 8 GB
repair   repair and recover, without libpff's pass, against cp and sync of the result and three checks of it; peak memory

Files are made in DIR, a temporary folder by default, and removed.  Exits 1 when a bound is not kept.
PSTFIX and PST_BIG name the programs, PST_BENCH the folder of pst-floor and pst-measure, PSTFIX_SAMPLES that of
enron.pst.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import namedtuple
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS))

from big import big  # noqa: E402
from image.builder import store  # noqa: E402
from image.damage import Image  # noqa: E402

BUILD = TESTS.parent / "build"
PSTFIX = os.environ.get("PSTFIX", str(BUILD / "tools" / "pstfix"))
BENCH = Path(os.environ.get("PST_BENCH", BUILD / "tests" / "bench"))
MIB = 1 << 20

FLOOR_BOUND = 1.5                       # times the floor, of the node database, on files from LARGE on
ALL_BOUND = 4                           # of all layers, on one thread, on files over 10 MB
PFFEXPORT_BOUND = 10                    # times as fast, on files over 10 MB
LARGE = 1 << 30
CHECKS_BOUND = 3                        # checks that a repair may take beside cp and sync
NODE_BOUND = 128                        # bytes more for each node in a repair
ENTRY_BOUND, ENTRY_FREE = 96, 64 * MIB  # bytes for each block or index entry, and those that are free

Cost = namedtuple("Cost", "seconds processor peak")     # processor: seconds; of the floor's, its look-up included

PROCESSORS = os.sched_getaffinity(0)

broken = []


def run(*command, statuses="04"):       # 4: problems were found
    """-> (Cost, lines printed)"""
    printed = subprocess.run([BENCH / "pst-measure", *command], stdout=subprocess.PIPE, check=True).stdout
    *lines, last = printed.decode(errors="replace").splitlines()
    *cost, status = last.split()
    if status not in statuses:
        sys.exit(f"{' '.join(map(str, command))}: exit status {status}")
    return Cost(*map(float, cost)), lines


def floor(path):
    """A whole process like the others, but for the look-up of compressed blocks, which is no part of the floor."""
    cost, printed = run(BENCH / "pst-floor", path)
    return cost._replace(seconds=cost.seconds - float(printed[0].split()[1]))


def loop(path):
    """Without start and end of the process."""
    cost, printed = run(BENCH / "pst-floor", path)
    return cost._replace(seconds=float(printed[0].split()[0]))


def check(path, threads, level="ndb"):
    return run(PSTFIX, "check", "--quiet", "--threads", threads, "--level", level, path)[0]


def export(folder, *command):
    """A reader that writes what it reads to a folder of its own."""
    with tempfile.TemporaryDirectory(dir=folder) as out:
        return run(*command, Path(out) / "x" if command[0] == "pffexport" else out)[0]


def measure(calls, runs, warm=False):
    """Each in turn and, but for two threads, on the same processor, so that all have the same weather; warm: once before it
    counts -> {name: the medians}"""
    os.sync()
    results = {name: [] for name in calls}
    for _ in range(runs):
        for name, call in calls.items():
            os.sched_setaffinity(0, PROCESSORS if "2 threads" in name else {min(PROCESSORS)})
            if warm:
                call()
            results[name].append(call())
    os.sched_setaffinity(0, PROCESSORS)
    return {name: Cost(*map(statistics.median, zip(*costs))) for name, costs in results.items()}


def ours(path):
    floor(path)                         # warms the cache
    return {"floor": lambda: floor(path), "its loop alone": lambda: loop(path), "ndb, 1 thread": lambda: check(path, "1"),
            "ndb, 2 threads": lambda: check(path, "2"), "all, 1 thread": lambda: check(path, "1", "store"),
            "all, 2 threads": lambda: check(path, "2", "store"), "pffinfo": lambda: run("pffinfo", path)[0],
            "lspst": lambda: run("lspst", path, statuses="01")[0],      # 1: a message store in an OST's inbox
            **({"walk": lambda: run(BENCH / "pst-walk", path)[0]} if (BENCH / "pst-walk").exists() else {})}


def others(path, folder):
    return {"readpst": lambda: export(folder, "readpst", "-q", "-D", "-j", "0", "-S", path, "-o"),
            "pffexport": lambda: export(folder, "pffexport", "-q", path, "-t")}


def bound(kept, text):
    print(f"  {'kept' if kept else 'BROKEN'}: {text}")
    if not kept:
        broken.append(text)


def human(size):
    return f"{size / 1e9:.2f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


# speed ---------------------------------------------------------------------------------------------------


def speed_of(name, path, folder, runs):
    size = os.path.getsize(path)
    rows = measure(ours(path), runs, warm=True)
    rows.update(measure(others(path, folder), 3))      # last, since they write as much as they read
    least = rows["floor"].seconds
    print(f"\n{name}, {human(size)}")
    print(f"  {'':20}{'seconds':>9}{'x floor':>9}{'MB/s':>9}{'processor':>11}{'peak MiB':>10}")
    for tool, cost in rows.items():
        print(f"  {tool:20}{cost.seconds:9.4f}{cost.seconds / least:9.2f}{size / cost.seconds / 1e6:9.0f}"
              f"{cost.processor:11.4f}{cost.peak / MIB:10.1f}")
    one, two, every, pffexport = (rows[tool].seconds for tool in ("ndb, 1 thread", "ndb, 2 threads", "all, 1 thread", "pffexport"))
    if size >= LARGE:
        bound(one <= FLOOR_BOUND * least, f"the node database takes {one / least:.2f} x the floor, at most {FLOOR_BOUND}")
        bound(two < one, f"two threads take {two / one:.2f} x the time of one")
    if size > 10e6:
        bound(every <= ALL_BOUND * least, f"all layers take {every / least:.2f} x the floor, at most {ALL_BOUND}")
        bound(pffexport >= PFFEXPORT_BOUND * every, f"check is {pffexport / every:.0f} x as fast as pffexport, "
              f"at least {PFFEXPORT_BOUND}")
        if "walk" in rows:
            walk = rows["walk"].seconds
            bound(every < walk, f"check takes {every / walk:.2f} x the time of a bare walk with libpst, less than 1")
        else:
            print("  not compared with a bare walk: install libpst-dev")


def mail(path, fmt):
    """Nothing but messages of a few kilobytes, so that there is more in heaps and tables than anywhere else."""
    store(fmt, folders=20, messages=6000, attachments=0, embedded=0, save=path)


def speed(folder, options):
    samples = Path(os.environ.get("PSTFIX_SAMPLES", TESTS.parent / "samples" / "package" / "example" / "testdata"))
    for name in ("enron.pst", "pstextractortest@outlook.com.ost"):
        if (samples / name).is_file():
            speed_of(name, samples / name, folder, options.runs)
        else:
            print(f"\n{name}: not there; set PSTFIX_SAMPLES")
    for fmt in ("unicode", "unicode4k"):
        path = folder / f"{fmt}.pst"
        mail(path, fmt)
        speed_of(f"{fmt}, small messages", path, folder, options.runs)
        path.unlink()
    for fmt in ("unicode", "unicode4k"):
        path = big(folder / f"{fmt}.pst", fmt, "--size", "1G")
        speed_of(f"{fmt}, dense", path, folder, options.runs)
        path.unlink()


# memory --------------------------------------------------------------------------------------------------


def memory(folder, options):
    print("\nmemory")
    print(f"  {'blocks':>10}{'entries':>10}{'file':>10}{'peak MiB':>10}  bytes for each, less {ENTRY_FREE // MIB} MiB")
    for blocks in (10_000, 100_000, 1_200_000) + ((6_000_000,) if options.full else ()):
        path = big(folder / "memory.pst", "unicode", "--small-blocks", blocks)
        # the messages have no rows in the tables of their folders, which is found and told, too
        printed = subprocess.run([PSTFIX, "check", "--json", path], stdout=subprocess.PIPE).stdout
        told = json.loads(printed.splitlines()[-1])["summary"]
        seen, entries = told["blocks"] + told["stale_blocks"], told["blocks"] + told["nodes"]
        peak = max(check(path, threads, "store").peak for threads in "12")
        each = (peak - ENTRY_FREE) / (seen + entries)
        print(f"  {seen:10}{entries:10}{human(path.stat().st_size):>10}{peak / MIB:10.1f}{max(each, 0):8.1f}")
        bound(each <= ENTRY_BOUND, f"{max(each, 0):.1f} bytes, at most {ENTRY_BOUND}")
        path.unlink()


# time against size ---------------------------------------------------------------------------------------


def linear(folder, options):
    print("\ntime against size: unicode, dense, check --threads 1")
    print(f"  {'size':>10}{'seconds':>10}{'ns/byte':>10}{'x floor':>9}")
    sizes = ["16M", "64M", "256M", "1G"] + (["4G", "8G"] if options.full else [])
    each = {}
    for size in sizes:
        path = big(folder / "linear.pst", "unicode", "--size", size)
        every = ours(path)
        rows = measure({name: every[name] for name in ("floor", "ndb, 1 thread")}, options.runs, warm=True)
        seconds, length = rows["ndb, 1 thread"].seconds, path.stat().st_size
        each[size] = seconds / length * 1e9
        times = seconds / rows["floor"].seconds
        print(f"  {human(length):>10}{seconds:10.4f}{each[size]:10.3f}{times:9.2f}")
        if length >= LARGE:
            bound(times <= FLOOR_BOUND, f"check takes {times:.2f} x the floor, at most {FLOOR_BOUND}")
        path.unlink()
    ratio = each[sizes[-1]] / each["256M"]
    bound(ratio < 1.25, f"{sizes[-1]} takes {ratio:.2f} x the time for each byte that 256M takes, at most 1.25")


# repair --------------------------------------------------------------------------------------------------


def without_header(path):
    with open(path, "r+b") as file:
        file.write(bytes(564))


def without_tables(path):
    """No folder knows its messages: all tables have to be made from them."""
    image = Image.load(path)
    for nid, node in image.store.nodes.items():
        if nid & 31 == 0x0E:
            for bid in image.store.leaves(node.data):
                block = image.store.blocks[bid]
                image.zero(block.ib, block.ib + image.format.disk_size(block.cb))
    path.write_bytes(image.sealed())


def copy(path, out):
    return run("sh", "-c", 'cp "$0" "$1" && sync "$1"', path, out)[0]


def repair_of(name, path, folder, runs):
    """A full check is one of the result: what is lost in the source cannot be checked there."""
    out, result, size = folder / "out.pst", folder / "result.pst", os.path.getsize(path)
    told = json.loads(subprocess.run([PSTFIX, "check", "--json", path], stdout=subprocess.PIPE).stdout.splitlines()[-1])["summary"]
    run(BENCH / "pst-repair", "repair", path, result)
    rows = measure({"cp and sync": lambda: copy(result, out), "check, 1 thread": lambda: check(result, "1", "store"),
                    **{what: lambda what=what: run(BENCH / "pst-repair", what, path, out)[0] for what in ("repair", "recover")}}, runs)
    entries = told["blocks"] + told["stale_blocks"] + told["blocks"] + told["nodes"]
    print(f"\n{name}, {human(size)}, {told['nodes']} nodes, {told['blocks']} blocks")
    for tool, cost in rows.items():
        print(f"  {tool:20}{cost.seconds:9.4f}{cost.peak / MIB:10.1f} MiB")
    copied, checked = rows["cp and sync"].seconds, rows["check, 1 thread"].seconds
    most = copied + CHECKS_BOUND * checked
    for what in ("repair", "recover"):
        cost = rows[what]
        bound(cost.seconds <= most, f"{what} takes cp and sync and {(cost.seconds - copied) / checked:.2f} checks, at most {CHECKS_BOUND}")
        room = ENTRY_FREE + ENTRY_BOUND * entries + NODE_BOUND * told["nodes"]
        bound(cost.peak <= room, f"{what} takes {cost.peak / room:.2f} of the memory that it may")
    for file in (path, out, result):
        file.unlink()


def repair(folder, options):
    print("\nrepair and recover, 1 thread")
    samples = Path(os.environ.get("PSTFIX_SAMPLES", TESTS.parent / "samples" / "package" / "example" / "testdata"))
    path = folder / "in.pst"
    for name in ("enron.pst", "pstextractortest@outlook.com.ost"):
        shutil.copy(samples / name, path)
        without_header(path)
        repair_of(f"{name}, without header", path, folder, options.runs)
    for fmt in ("unicode", "unicode4k"):
        mail(path, fmt)
        without_tables(path)
        repair_of(f"{fmt}, small messages, without tables of messages", path, folder, options.runs)
    for fmt, size in (("unicode", "256M"), ("unicode", "1G"), ("unicode4k", "1G")):
        big(path, fmt, "--size", size)
        without_header(path)
        repair_of(f"{fmt}, dense, without header", path, folder, options.runs)
    for blocks in (100_000, 1_200_000):
        big(path, "unicode", "--small-blocks", blocks)
        without_header(path)
        repair_of("unicode, small blocks, without header", path, folder, options.runs)


def main():
    parser = argparse.ArgumentParser(description="How fast is pstfix check, and how much memory does it take?")
    parser.add_argument("what", nargs="*", metavar="speed|memory|linear|repair")
    parser.add_argument("--full", action="store_true", help="files of up to 8 GB, and six million blocks")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="where to make files")
    options = parser.parse_args()
    unknown = set(options.what) - {"speed", "memory", "linear", "repair"}
    if unknown:
        parser.error(f"nothing is called {' or '.join(sorted(unknown))}")
    print(f"load of the machine before: {os.getloadavg()[0]:.2f}")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for part in (speed, memory, linear, repair):
            if not options.what or part.__name__ in options.what:
                part(Path(folder), options)
    print(f"\n{len(broken)} of the bounds broken" if broken else "\nall bounds kept")
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
