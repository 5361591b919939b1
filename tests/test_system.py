"""What the system does to a repair: it is killed, the disk is full, the file system knows this and not that.  The input stays
as it is, and beside it is the result, or nothing.  And what the user sees of it while it takes its time."""

import json
import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from image.builder import store
from image.reader import Store, judge
from judges import LIBPFF, from_terminal, preloaded
from problems import file_short

CORRECTED, LEFT, FAILED, CANCELLED = 1, 4, 8, 32

# System calls that ask the environment what to do.  WRITE counts: it is the one that fails, or at which the process is killed.
CALLS = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

static int fails(const char *name, int number)
{
	const char *count = getenv(name);
	static int calls;

	if (!count || ++calls != atoi(count))
		return 0;
	if (getenv("KILL"))
		kill(getpid(), SIGKILL);
	errno = number;
	return 1;
}

int open64(const char *path, int flags, ...)
{
	int (*next)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open64");
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = va_arg(args, mode_t);
	va_end(args);
	if (getenv("NAMED") && (flags & O_TMPFILE) == O_TMPFILE)
		return errno = EOPNOTSUPP, -1;
	return next(path, flags, mode);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at)
{
	ssize_t (*next)(int, const void *, size_t, off64_t) = (ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");

	if (fails("LIE", 0))
		return next(fd, "?", 1, at) == 1 ? (ssize_t)size : -1;
	return fails("WRITE", ENOSPC) ? -1 : next(fd, data, size, at);
}

/* How large a file is when the folder it is in is put on the disk, each time. */
static void note_folder(int fd)
{
	const char *file = getenv("FILE"), *sizes = getenv("SIZES");
	FILE *to = sizes ? fopen(sizes, "a") : NULL;
	struct stat st;

	if (to && !fstat(fd, &st) && S_ISDIR(st.st_mode))
		fprintf(to, "%ld\n", stat(file, &st) ? -1L : (long)st.st_size);
	if (to)
		fclose(to);
}

int fsync(int fd)
{
	int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");

	note_folder(fd);
	return fails("SYNC", EIO) ? -1 : next(fd);
}

int rename(const char *from, const char *to)
{
	int (*next)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");

	return fails("RENAME", EIO) ? -1 : next(from, to);
}

int link(const char *from, const char *to)
{
	int (*next)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "link");

	return getenv("NO_LINKS") ? errno = EPERM, -1 : next(from, to);
}

/* As if so many bytes were free. */
int fstatvfs64(int fd, struct statvfs64 *out)
{
	int (*next)(int, struct statvfs64 *) = (int (*)(int, struct statvfs64 *))dlsym(RTLD_NEXT, "fstatvfs64");
	const char *bytes = getenv("FREE");
	int done = next(fd, out);

	if (bytes) {
		out->f_frsize = 512;
		out->f_bavail = (fsblkcnt64_t)atol(bytes) / 512;
	}
	return done;
}

/* A clone, and that it was asked for. */
int ioctl(int to, unsigned long request, ...)
{
	const char *cloned = getenv("CLONED");
	char bytes[1 << 16];
	va_list args;
	int from;

	va_start(args, request);
	from = va_arg(args, int);
	va_end(args);
	if (!cloned || request != FICLONE)
		return errno = ENOTTY, -1;
	for (off64_t at = 0, n; (n = pread64(from, bytes, sizeof bytes, at)) > 0; at += n)
		if (write(to, bytes, (size_t)n) != n)
			return -1;
	return close(creat(cloned, 0600));
}

ssize_t copy_file_range(int from, off64_t *in, int to, off64_t *out, size_t size, unsigned flags)
{
	if (getenv("INTERRUPT"))
		raise(SIGINT);
	ssize_t (*next)(int, off64_t *, int, off64_t *, size_t, unsigned) =
		(ssize_t (*)(int, off64_t *, int, off64_t *, size_t, unsigned))dlsym(RTLD_NEXT, "copy_file_range");

	return getenv("NO_RANGES") ? errno = EXDEV, -1 : next(from, in, to, out, size, flags);
}

/* A clock that CLOCK makes run fast: each look at it is a quarter of a second. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
	int (*next)(clockid_t, struct timespec *) = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	static int looks;

	if (!getenv("CLOCK"))
		return next(clock, now);
	looks++;
	*now = (struct timespec){.tv_sec = looks / 4, .tv_nsec = looks % 4 * 250000000L};
	return 0;
}

/* How many bytes are checksummed. */
static unsigned long long checksummed;

uint32_t libdeflate_crc32(uint32_t crc, const void *data, size_t size)
{
	uint32_t (*next)(uint32_t, const void *, size_t) = (uint32_t (*)(uint32_t, const void *, size_t))dlsym(RTLD_NEXT, "libdeflate_crc32");

	checksummed += size;
	return next(crc, data, size);
}

__attribute__((destructor)) static void tell_checksummed(void)
{
	FILE *to = getenv("CHECKSUMMED") ? fopen(getenv("CHECKSUMMED"), "w") : NULL;

	if (to) {
		fprintf(to, "%llu\n", checksummed);
		fclose(to);
	}
}

/* Those of libpff are called in the child that reads source and result, which is finished by then. */
static int result;

int libpff_file_open(void *file, const char *name, int flags, void **error)
{
	int (*next)(void *, const char *, int, void **) = (int (*)(void *, const char *, int, void **))dlsym(RTLD_NEXT, "libpff_file_open");
	const char *appears = getenv("APPEARS");

	if (appears)
		close(open(appears, O_WRONLY | O_CREAT, 0600));
	if (getenv("KILL_AT_END"))
		kill(getppid(), SIGKILL);
	result = !strstr(name, "in.pst");
	return result && getenv("OPENS_NO_FILE") ? -1 : next(file, name, flags, error);
}

int libpff_file_get_item_by_identifier(void *file, uint32_t id, void **item, void **error)
{
	int (*next)(void *, uint32_t, void **, void **) =
		(int (*)(void *, uint32_t, void **, void **))dlsym(RTLD_NEXT, "libpff_file_get_item_by_identifier");

	return result && getenv("OPENS_NO_ITEM") ? -1 : next(file, id, item, error);
}

int libpff_record_entry_get_data(void *entry, uint8_t *data, size_t size, void **error)
{
	int (*next)(void *, uint8_t *, size_t, void **) =
		(int (*)(void *, uint8_t *, size_t, void **))dlsym(RTLD_NEXT, "libpff_record_entry_get_data");
	int done = next(entry, data, size, error);

	if (result && size && getenv("READS_OTHERWISE"))
		*data ^= 1;
	return done;
}
"""


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    return preloaded(tmp_path_factory.mktemp("calls"), CALLS + LIBPFF)


@pytest.fixture
def repair(calls, pstfix, tmp_path):
    """Repairs a broken store, which libpff reads, under the circumstances that are named, and looks whether the input is as
    it was."""
    image = store("unicode", leaf_fill=6, sections=9)
    image.header.fAMapValid = 0
    image.bbt.leaf(0).set(0, cref=77)
    broken = tmp_path / "in.pst"
    broken.write_bytes(image.sealed())

    def run(*options, command="repair", **circumstances):
        environment = {name: str(value) for name, value in circumstances.items()}
        done = subprocess.run([pstfix, command, "--quiet", *options, broken, "-o", tmp_path / "out.pst"], timeout=60, check=False,
                              env={**os.environ, "LD_PRELOAD": str(calls), **environment}, capture_output=True, text=True)
        assert broken.read_bytes() == image.sealed()
        return done

    return run


def listing(folder):
    return sorted(path.name for path in folder.iterdir())


def knows_nameless(folder):
    try:
        os.close(os.open(folder, os.O_TMPFILE | os.O_RDWR))
    except OSError:
        return False
    return True


def sound(path):
    return not [text for severity, _, text in judge(Store(path)) if severity == "error"]


WAYS = {"nameless": {}, "named": {"NAMED": 1}, "named, without links": {"NAMED": 1, "NO_LINKS": 1}}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


@ways
@pytest.mark.parametrize("force", ([], ["--force"]), ids=("", "force"))
def test_takes_its_name(way, force, repair, tmp_path):
    assert repair(**way).returncode == CORRECTED
    assert listing(tmp_path) == ["in.pst", "out.pst"] and sound(tmp_path / "out.pst")
    whole = (tmp_path / "out.pst").read_bytes()
    (tmp_path / "out.pst").write_bytes(b"precious")
    assert repair(*force, **way).returncode == (CORRECTED if force else FAILED)
    assert listing(tmp_path) == ["in.pst", "out.pst"]
    assert (tmp_path / "out.pst").read_bytes() == (whole if force else b"precious")


@ways
@pytest.mark.parametrize("force", ([], ["--force"]), ids=("", "force"))
def test_its_name_is_on_the_disk(way, force, repair, tmp_path):
    """After a loss of power, too: the folder is put there once the result has its name."""
    out = tmp_path / "out.pst"
    if force:
        out.write_bytes(b"precious")
    with tempfile.TemporaryDirectory() as elsewhere:
        sizes = Path(elsewhere, "sizes")
        assert repair(*force, **way, FILE=out, SIZES=sizes).returncode == CORRECTED
        assert int(sizes.read_text().split()[-1]) == out.stat().st_size > len(b"precious")


@ways
def test_what_has_come_meanwhile_stays(way, repair, tmp_path):
    done = repair(**way, APPEARS=tmp_path / "out.pst")
    assert done.returncode == FAILED and "File exists" in done.stderr
    assert listing(tmp_path) == ["in.pst", "out.pst"] and (tmp_path / "out.pst").read_bytes() == b""


@ways
@pytest.mark.parametrize("call, least", (("WRITE", 2), ("SYNC", 1)))
def test_each_call_fails(call, least, way, repair, tmp_path):
    """A full disk, a broken one."""
    for n in range(1, 1000):
        done = repair(**way, **{call: n})
        if done.returncode == CORRECTED:
            break
        assert done.returncode == FAILED and len(done.stderr.splitlines()) == 1 and "out.pst: cannot" in done.stderr
        assert listing(tmp_path) == ["in.pst"]
    assert n > least and sound(tmp_path / "out.pst")


@pytest.mark.parametrize("command", ("repair", "recover"))
def test_no_room(command, repair, tmp_path):
    """Said before anything is copied, with what it takes; a clone takes nothing."""
    takes = (tmp_path / "in.pst").stat().st_size
    done = repair(command=command, FREE=takes - 512, WRITE=1)
    assert done.returncode == FAILED and listing(tmp_path) == ["in.pst"]
    said, = re.findall(r"out\.pst: cannot write: it takes (\d+) bytes, and (\d+) are free", done.stderr)
    assert [int(n) for n in said] == [takes, takes - 512]
    assert repair(command=command, FREE=takes).returncode == CORRECTED
    with tempfile.TemporaryDirectory() as elsewhere:
        assert repair("--force", command=command, FREE=0, CLONED=Path(elsewhere, "cloned")).returncode == CORRECTED


def test_no_room_in_place(calls, pstfix, tmp_path):
    """Said before the journal is begun: what that takes and what the file grows by, in one sum. Before that, what is planned may find none.
    Nothing is changed, and nothing left behind."""
    data, path, journal = file_short.build("unicode"), tmp_path / "in.pst", tmp_path / "in.pst.pstfix-undo"
    path.write_bytes(data)

    def repair(**circumstances):
        environment = {**os.environ, "LD_PRELOAD": str(calls), **{name: str(value) for name, value in circumstances.items()}}
        done = subprocess.run([pstfix, "repair", "--in-place", "--quiet", path], timeout=60, check=False, env=environment, capture_output=True, text=True)
        if done.returncode == FAILED:
            assert path.read_bytes() == data and listing(tmp_path) == ["in.pst"]
        return done

    assert re.search(r"what is planned takes more than \d+ bytes, and the undo journal as many again", repair(WRITE=1).stderr)
    needed = int(re.search(r"it takes (\d+) bytes, and 0 are free", repair(FREE=0).stderr)[1])
    assert repair(FREE=needed - 512).returncode == FAILED
    assert repair(FREE=needed + 511).returncode == CORRECTED
    taken = path.stat().st_size - len(data) + journal.stat().st_size
    assert path.stat().st_size > len(data) and taken <= needed <= taken + 1024, (taken, needed)


SMALL_DISK = r"""
mount -t tmpfs -o size="$1" none "$2" || exit 99
cp "$3" "$2/in.pst" && cd "$2" || exit 98
"$4" repair --quiet $5 in.pst
status=$?
cmp -s in.pst "$3" && echo "as it was"
ls
exit $status
"""


@pytest.mark.parametrize("how", ("", "--in-place"))
def test_small_disk(how, pstfix, tmp_path):
    """A real one that is full, of each size up to one that is enough: what it takes is said, and all is as it was."""
    source, disk = tmp_path / "source.pst", tmp_path / "disk"
    source.write_bytes(file_short.build("unicode"))
    disk.mkdir()
    failed = 0
    for size in range(source.stat().st_size, 4 * source.stat().st_size, 1 << 12):
        done = subprocess.run(["unshare", "-rm", "sh", "-c", SMALL_DISK, "sh", str(size), disk, source, pstfix, how],
                              timeout=60, check=False, capture_output=True, text=True)
        if done.returncode == 99 or "unshare failed" in done.stderr:
            pytest.skip(f"no file system of its own can be mounted here: {done.stderr.strip()}")
        if done.returncode == CORRECTED:
            break
        assert done.returncode == FAILED and re.search(r"takes (more than )?\d+ bytes", done.stderr) and len(done.stderr.splitlines()) == 1, done
        assert done.stdout == "as it was\nin.pst\n"
        failed += 1
    assert done.returncode == CORRECTED and failed > 2, done
    left = ["as it was", "in.pst", "in.repaired.pst"] if not how else ["in.pst", "in.pst.pstfix-undo"]
    assert done.stdout.splitlines() == left


@pytest.mark.parametrize("filling", (b"!BDN", b"\x80\x80\x80\x80"))
def test_work(filling, calls, pstfix, tmp_path):
    """As many bytes as the bound allows, and no more than are told, whatever looks like the beginning or end of something."""
    path, told = tmp_path / "in.pst", tmp_path / "told"
    path.write_bytes(bytes(100) + store("unicode", leaf_fill=6).sealed() + filling * (1 << 20))
    done = subprocess.run([pstfix, "check", "--json", "--threads", "1", path], timeout=60, check=False, capture_output=True, text=True,
                          env={**os.environ, "LD_PRELOAD": str(calls), "CHECKSUMMED": str(told)})
    work = json.loads(done.stdout.splitlines()[-1])["summary"]["work"]
    assert 1 << 20 < int(told.read_text()) <= work <= 8 * path.stat().st_size + (64 << 20)


REJECTED = ["in.pst", "out.pst.rejected"]


@ways
@pytest.mark.parametrize("command", ("repair", "recover"))
def test_each_write_lies(command, way, repair, tmp_path):
    """What is not on the disk as it was written is found out before the result has its name."""
    for n in range(1, 1000):
        done = repair(command=command, **way, LIE=n)
        if done.returncode == CORRECTED:
            break
        assert done.returncode == FAILED and listing(tmp_path) == REJECTED and "kept as" in done.stderr
        (tmp_path / "out.pst.rejected").unlink()
    assert n > 10 and listing(tmp_path) == ["in.pst", "out.pst"] and sound(tmp_path / "out.pst")


WHY = {"OPENS_NO_FILE": "does not open the result", "OPENS_NO_ITEM": "does not open node 0x122 in the result",
       "READS_OTHERWISE": "reads item 0x[0-9A-F]+ in the source, not so in the result"}


@ways
@pytest.mark.parametrize("what", WHY)
def test_libpff_disagrees(what, way, repair, tmp_path):
    done = repair(**way, **{what: 1})
    assert done.returncode == FAILED and listing(tmp_path) == REJECTED
    assert re.search(f"libpff disagrees: libpff {WHY[what]}", done.stderr) and "out.pst.rejected" in done.stderr
    assert repair("--force", **way, **{what: 1}).returncode == FAILED
    assert listing(tmp_path) == [*REJECTED, "out.pst.rejected.1"]


@pytest.mark.parametrize("at", [{"WRITE": 1}, {"WRITE": 2}, {"WRITE": 5}, {"SYNC": 1}, {"KILL_AT_END": 1}],
                         ids=lambda at: " ".join(f"{name}-{n}" for name, n in at.items()))
def test_killed(at, repair, tmp_path):
    """Nothing is left but where the file system knows no files without a name; and then it is in nobody's way."""
    for way, left in (({}, []), ({"NAMED": 1}, ["out.pst.tmp0"])):
        assert repair(**way, **at, KILL=1).returncode == -signal.SIGKILL
        if way or knows_nameless(tmp_path):
            assert listing(tmp_path) == ["in.pst", *left]
    assert repair().returncode == CORRECTED and sound(tmp_path / "out.pst")


@ways
def test_killed_before_it_replaces(way, repair, tmp_path):
    """Only a name can replace another: what is there stays until then, and beside it is the whole result."""
    out, left = tmp_path / "out.pst", tmp_path / "out.pst.tmp0"
    out.write_bytes(b"precious")
    assert repair("--force", **way, RENAME=1, KILL=1).returncode == -signal.SIGKILL
    assert listing(tmp_path) == ["in.pst", out.name, left.name] and out.read_bytes() == b"precious"
    assert repair("--force", **way).returncode == CORRECTED
    assert left.read_bytes() == out.read_bytes() and sound(out)


@ways
def test_does_not_replace(way, repair, tmp_path):
    out = tmp_path / "out.pst"
    out.write_bytes(b"precious")
    assert repair("--force", **way, RENAME=1).returncode == FAILED
    assert listing(tmp_path) == ["in.pst", out.name] and out.read_bytes() == b"precious"


COPIES = {"clone": {"CLONED": "asked"}, "ranges": {}, "pieces": {"NO_RANGES": 1}}


def test_copies_are_the_same(repair, tmp_path):
    """Storage is shared where the file system can: it is asked for a clone first."""
    with tempfile.TemporaryDirectory() as elsewhere:
        made = []
        for way in COPIES.values():
            way = {name: Path(elsewhere, value) if name == "CLONED" else value for name, value in way.items()}
            assert repair("--force", **way).returncode == CORRECTED
            made.append((tmp_path / "out.pst").read_bytes())
        assert listing(Path(elsewhere)) == ["asked"]
    assert len(set(made)) == 1


def test_interrupted_while_it_copies(repair, tmp_path):
    """The rest, which can be 50 GB, is not copied."""
    assert repair(INTERRUPT=1, NO_RANGES=1, WRITE=1).returncode == CANCELLED       # no write, that is, which would fail
    assert listing(tmp_path) == ["in.pst"]


# the progress bar --------------------------------------------------------------------------------------------

UNITS = {"bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20}
BAR = r"(\w[\w ]*?) +(\d+) % \[(#*) *\] ([\d.]+) (\w+), ([\d.]+) (\w+)/s, (\d+):(\d\d) left *"


def on_terminal(program, *args, calls):
    """What it prints to a terminal that is its standard error, its standard output, and how it ends."""
    environment = {**os.environ, "LD_PRELOAD": str(calls), "CLOCK": "1", "NO_RANGES": "1"}
    said, printed, status = from_terminal([program, *args], "stderr", env=environment)
    return said.decode(), printed.decode(), status


@pytest.fixture
def slow(tmp_path):
    """Each 256 KiB of it take a quarter of a second."""
    image = store("unicode", sections=33)
    image.header.fAMapValid = 0
    path = tmp_path / "slow.pst"
    path.write_bytes(image.sealed())
    return path


def look_at(bars, size):
    """Share, rate and time left agree with each other."""
    shares = []
    for share, full, done, unit, rate, per, minutes, seconds in bars:
        done, rate, left = float(done) * UNITS[unit], float(rate) * UNITS[per], int(minutes) * 60 + int(seconds)
        assert abs(done / size * 100 - int(share)) <= 1.5 and abs(len(full) - 24 * done / size) <= 1.5
        assert 0.5 <= rate / (1 << 20) <= 1.5 and abs((size - done) / rate - left) <= 1.5
        shares.append(int(share))
    assert len(shares) > 10 and shares == sorted(shares)


@pytest.mark.parametrize("command, status, parts", [("check", LEFT, [["reading"]]),
                                                    ("repair", CORRECTED, [["reading"], ["copying", "reading"]])])
def test_progress(command, status, parts, slow, calls, pstfix):
    """At the end of each part nothing is left of the bar, so that it does not mix with what is printed."""
    said, printed, ended = on_terminal(pstfix, command, slow, calls=calls)
    assert ended == status and printed and "%" not in printed and "\n" not in said
    *shown, rest = said.split("\r" + " " * 79 + "\r")
    assert rest == "" and len(shown) == len(parts)
    for stages, lines in zip(parts, shown):
        lines = lines.split("\r")[1:]
        assert {len(line) for line in lines} == {79}
        bars = [match.groups() for line in lines if (match := re.fullmatch(BAR, line))]
        for stage in stages:
            look_at([bar[1:] for bar in bars if bar[0] == stage], slow.stat().st_size)


@pytest.mark.parametrize("options", (["--quiet"], ["--quiet", "--json"]))
def test_no_progress_when_quiet(options, slow, calls, pstfix):
    assert on_terminal(pstfix, "check", *options, slow, calls=calls)[0] == ""
