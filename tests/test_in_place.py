"""Repair in place, and undo: the file is as it was, or one undo away from it, wherever the repair is stopped.

A library between the program and the system counts the calls that change anything on the disk, and lets the one that is asked for fail, or
hang; test_faults.py tries more, without the program.
"""

import importlib
import os
import random
import signal
import shutil
import subprocess
import time

import problems
import pytest
from image.builder import store
from image.damage import Image
from image.reader import Store, content
from judges import Run, Tool, preloaded
from problems import message_row_missing
from test_cli import CANCELLED, USAGE
from test_hostile import CORRECTED, FAILED, FORMATS, LEFT, SOUND

JOURNAL = "in.pst.pstfix-undo"
# What is damaged: header, length, maps, either index, contents, and what is lost.
DAMAGES = ("header_magic", "header_crc_full", "header_maps_invalid", "header_end", "file_long", "file_short", "file_section", "amap_page_all", "amap_leak",
           "bbt_root", "bbt_order", "bbt_refs", "bbt_page_leaves", "nbt_root_both", "nbt_page", "nbt_stale", "nbt_tied", "block_crc",
           "folder_row_missing", "folder_count", "folder_table_hierarchy", "message_cell", "message_row_missing", "name_buckets",
           "store_names", "pc_unreadable", "node_holes", "tc_unreadable")

CALLS = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int done, linked; /* linked: the journal, or a backup before, has its name */

/* The number of the call is known; whether it fails. */
static int fails(void)
{
	const char *fail = getenv("FAIL");

	done++;
	while (linked && getenv("HANG"))
		pause();
	if (linked && getenv("SLOW"))
		usleep(300000);
	if (fail && done == atoi(fail)) {
		errno = EIO;
		return 1;
	}
	return 0;
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at)
{
	if (fails())
		return -1;
	if (getenv("SPOIL") && size > 8192)
		((char *)bytes)[1000] ^= 1;
	return NEXT(pwrite64)(fd, bytes, size, at);
}

int ftruncate64(int fd, off64_t size)
{
	return fails() ? -1 : NEXT(ftruncate64)(fd, size);
}

int fsync(int fd)
{
	return fails() ? -1 : NEXT(fsync)(fd);
}

/* Where copies are to be spoilt, none is made by the system itself. */
int ioctl(int fd, unsigned long request, ...)
{
	va_list more;
	void *argument;

	va_start(more, request);
	argument = va_arg(more, void *);
	va_end(more);
	return getenv("SPOIL") ? (errno = ENOTTY, -1) : NEXT(ioctl)(fd, request, argument);
}

ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t size, unsigned flags)
{
	return getenv("SPOIL") ? (errno = ENOSYS, -1) : NEXT(copy_file_range)(in, from, out, to, size, flags);
}

int linkat(int a, const char *from, int b, const char *to, int flags)
{
	const int failed = fails() ? -1 : NEXT(linkat)(a, from, b, to, flags);

	linked |= !failed;
	return failed;
}

int rename(const char *from, const char *to)
{
	return fails() ? -1 : NEXT(rename)(from, to);
}

int unlink(const char *path)
{
	return fails() ? -1 : NEXT(unlink)(path);
}
"""


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    return preloaded(tmp_path_factory.mktemp("calls"), CALLS)


@pytest.fixture
def tool(pstfix, calls, tmp_path):
    """Calls the program on in.pst, under the circumstances that are named."""
    def run(command, *options, **circumstances):
        environment = {name: str(value) for name, value in circumstances.items()}
        return subprocess.run([pstfix, command, *options, tmp_path / "in.pst"], timeout=120, check=False, capture_output=True, text=True,
                              env={**os.environ, **({"LD_PRELOAD": str(calls)} if circumstances else {}), **environment})

    return run


def damaged(name, fmt):
    module = importlib.import_module(f"problems.{name}")
    if fmt not in getattr(module, "FORMATS", (fmt,)):
        pytest.skip("not in this format")
    return module.build(fmt)


def broken(fmt):
    """Maps, both indexes and contents are wrong, in a file that ends too early."""
    image = problems.store(fmt, message_row_missing.damage)
    image.header.fAMapValid = 0
    image.bbt.leaf(0).set(0, cref=77)
    return image.sealed()


CASES = [(fmt, name) for fmt in FORMATS for name in DAMAGES]
each_damage = pytest.mark.parametrize("fmt, name", CASES)


def in_place(tool, *options, **circumstances):
    return tool("repair", "--in-place", "--allow-loss", "--quiet", *options, **circumstances)


@each_damage
def test_same_as_a_new_file(fmt, name, tool, pstfix, tmp_path):
    data, path = damaged(name, fmt), tmp_path / "in.pst"
    path.write_bytes(data)
    apart = Tool(pstfix).json("repair", path, "-o", tmp_path / "out.pst").status
    done = in_place(tool)
    assert done.returncode == apart, done.stderr
    if not (tmp_path / "out.pst").exists():
        assert path.read_bytes() == data and not (tmp_path / JOURNAL).exists()
        return
    assert content(Store(path.read_bytes())) == content(Store((tmp_path / "out.pst").read_bytes()))
    assert path.read_bytes() == (tmp_path / "out.pst").read_bytes()
    assert tool("check", "--quiet").returncode in (SOUND, LEFT)
    assert tool("undo").returncode == SOUND
    assert path.read_bytes() == data and not (tmp_path / JOURNAL).exists()


def test_backup(tool, tmp_path):
    data, path, backup = broken("unicode"), tmp_path / "in.pst", tmp_path / "copy"
    path.write_bytes(data)
    backup.write_bytes(b"another")
    done = in_place(tool, "--backup", backup)
    assert done.returncode == FAILED and str(backup) in done.stderr and "exists" in done.stderr, done.stderr
    assert path.read_bytes() == data and backup.read_bytes() == b"another" and not (tmp_path / JOURNAL).exists()
    for other in ((), ("--provenance", tmp_path / "new"), ("--undo-file", tmp_path / "new")):
        backup = tmp_path / ("new" if other else "copy")
        assert in_place(tool, "--force", "--backup", backup, *other).returncode == FAILED
    assert sorted(os.listdir(tmp_path)) == ["copy", "in.pst"]
    backup = tmp_path / "new"
    assert in_place(tool, "--backup", backup).returncode & CORRECTED
    assert backup.read_bytes() == data != path.read_bytes()
    assert tool("undo").returncode == SOUND
    assert path.read_bytes() == data
    assert tool("repair", "--backup", tmp_path / "more").returncode == USAGE
    assert in_place(tool, "--backup", "").returncode == USAGE


def test_spoilt_backup(tool, tmp_path):
    data, path = broken("unicode"), tmp_path / "in.pst"
    path.write_bytes(data)
    done = in_place(tool, "--backup", tmp_path / "copy", SPOIL=1)
    assert done.returncode == FAILED and "the backup is not what the file is" in done.stderr, done.stderr
    assert path.read_bytes() == data and os.listdir(tmp_path) == ["in.pst"]


@pytest.mark.parametrize("fmt", FORMATS)
def test_each_call_fails(fmt, tool, tmp_path):
    data, path = broken(fmt), tmp_path / "in.pst"
    path.write_bytes(data)
    for n in range(1, 1000):
        done = in_place(tool, FAIL=n)
        if done.returncode == CORRECTED:
            break
        assert done.returncode == FAILED and len(done.stderr.splitlines()) == 1, done.stderr
        if (tmp_path / JOURNAL).exists():
            assert "undo gives back" in done.stderr
            assert tool("undo").returncode == SOUND
        assert path.read_bytes() == data
    assert n > 20


# signals, and kill -9 ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", (signal.SIGINT, signal.SIGTERM))
@pytest.mark.parametrize("circumstance", ("SLOW", "HANG"))
def test_interrupted(circumstance, number, pstfix, calls, tmp_path):
    """Once it goes back, and what was is there; the second ends it where it is, and undo gives back what was."""
    data, path, journal = broken("unicode"), tmp_path / "in.pst", tmp_path / JOURNAL
    path.write_bytes(data)
    with subprocess.Popen([pstfix, "repair", "--in-place", "--quiet", path],
                          env={**os.environ, "LD_PRELOAD": str(calls), circumstance: "1"}) as process:
        while not journal.exists() and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(number)
        if circumstance == "HANG":
            time.sleep(0.2)
            assert process.poll() is None
            process.send_signal(number)
        process.wait(60)
    if circumstance == "SLOW":
        assert process.returncode == CANCELLED
    else:
        assert process.returncode == -number
        assert subprocess.run([pstfix, "undo", path], check=False).returncode == SOUND
    assert path.read_bytes() == data and not journal.exists()


KILLER = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int files = -1;

/* j: the journal is opened, s: something is synced, and when. */
static void note(char what)
{
	struct timespec now;
	char line[64];
	int fd = NEXT(open64)(getenv("NOTES"), O_WRONLY | O_CREAT | O_APPEND, 0600);

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (write(fd, line, (size_t)snprintf(line, sizeof line, "%c %lld\n", what, now.tv_sec * 1000000LL + now.tv_nsec / 1000)) < 0)
		_exit(1);
	close(fd);
}

static void *kill_later(void *microseconds)
{
	usleep((useconds_t)atoi(microseconds));
	kill(getpid(), SIGKILL);
	return NULL;
}

static void arm(const char *name)
{
	pthread_t thread;

	if (getenv(name))
		pthread_create(&thread, NULL, kill_later, getenv(name));
}

__attribute__((constructor)) static void begin(void)
{
	arm("KILL_FROM_START");
}

/* Of the files without names the first is what is planned, the second the journal. */
int open64(const char *path, int flags, ...)
{
	va_list more;
	mode_t mode;

	va_start(more, flags);
	mode = va_arg(more, mode_t);
	va_end(more);
	if ((flags & O_TMPFILE) == O_TMPFILE && ++files == 1) {
		note('j');
		arm("KILL_FROM_JOURNAL");
	}
	return NEXT(open64)(path, flags, mode);
}

int fsync(int fd)
{
	const int failed = NEXT(fsync)(fd);

	note('s');
	return failed;
}
"""


@pytest.fixture(scope="module")
def killer(tmp_path_factory):
    return preloaded(tmp_path_factory.mktemp("killer"), KILLER)


@pytest.mark.parametrize("part", range(4))
def test_killed(part, samples, pstfix, killer, tmp_path):
    """200 times in all, 100 of them while the journal or the file is written."""
    path, journal, notes, rng = tmp_path / "in.pst", tmp_path / JOURNAL, tmp_path / "notes", random.Random(part)
    image = Image.load(samples / "enron.pst")
    for page in image.bbt.leaves:
        page.zero()
    data = image.sealed()

    def listed():
        lines = subprocess.run([pstfix, "list", "--json", path], capture_output=True, text=True, check=False).stdout.splitlines()
        return {line for line in lines if '"summary"' not in line}

    def repair(**circumstances):
        """-> what it came to, and what was noted, from start on; again while libpff, in a process of one that was killed, has it open"""
        environment = {**os.environ, "LD_PRELOAD": str(killer), "NOTES": str(notes), **{name: str(value) for name, value in circumstances.items()}}
        path.write_bytes(data)
        for _ in range(200):
            notes.write_text("")
            start = time.monotonic_ns() // 1000
            done = subprocess.run([pstfix, "repair", "--in-place", "--quiet", path], stderr=subprocess.PIPE, text=True, check=False, env=environment)
            if done.returncode != FAILED or "process" not in done.stderr:
                return done.returncode, [(line.split()[0], int(line.split()[1]) - start) for line in notes.read_text().splitlines()]
        raise AssertionError(done.stderr)

    def give_back():
        if path.read_bytes()[:564] == data[:564]:
            assert before <= listed()
        if journal.exists():
            assert subprocess.run([pstfix, "undo", path], check=False).returncode == SOUND
        assert path.read_bytes() == data and not journal.exists()

    path.write_bytes(data)
    before = listed()
    status, noted = repair()
    assert status == CORRECTED
    first, last, syncs = next(at for what, at in noted if what == "j"), noted[-1][1], sum(what == "s" for what, _ in noted)
    give_back()
    while_writing = 0
    for i in range(1000):
        if i >= 50 and while_writing >= 25:
            break
        delay = {"KILL_FROM_JOURNAL": rng.randrange(last - first)} if i % 2 or i >= 50 else {"KILL_FROM_START": rng.randrange(last)}
        status, noted = repair(**delay)
        assert status in (-signal.SIGKILL, CORRECTED)
        done = sum(what == "s" for what, _ in noted)
        while_writing += status == -signal.SIGKILL and "j" in [what for what, _ in noted] and done < syncs
        give_back()
    assert while_writing >= 25


# what undo refuses, and what is refused beside a journal ---------------------------------------------------------


@pytest.fixture
def repaired(tool, tmp_path):
    """-> what the file was"""
    data = broken("unicode")
    (tmp_path / "in.pst").write_bytes(data)
    assert in_place(tool).returncode == CORRECTED
    return data


def flip(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    return bytes(data)


def test_changed_since(repaired, tool, tmp_path):
    changed = flip(tmp_path / "in.pst", 0x30)
    done = tool("undo")
    assert done.returncode == FAILED and "changed since its repair" in done.stderr
    assert (tmp_path / "in.pst").read_bytes() == changed and (tmp_path / JOURNAL).exists()


def test_grown_since(repaired, tool, tmp_path):
    with open(tmp_path / "in.pst", "ab") as file:
        file.write(bytes(512))
    done = tool("undo")
    assert done.returncode == FAILED and "another size" in done.stderr


def test_journal_of_another_file(repaired, tool, tmp_path):
    other = store("unicode", messages=2).sealed()
    (tmp_path / "in.pst").rename(tmp_path / "first.pst")
    (tmp_path / "in.pst").write_bytes(other)
    done = tool("undo")
    assert done.returncode == FAILED and "another file" in done.stderr
    assert (tmp_path / "in.pst").read_bytes() == other


def test_copy_is_given_back(repaired, tool, tmp_path):
    """Restored from a backup, it is another file by inode, and the same by what is in it."""
    shutil.copy(tmp_path / "in.pst", tmp_path / "copy")
    os.replace(tmp_path / "copy", tmp_path / "in.pst")
    assert tool("undo").returncode == SOUND
    assert (tmp_path / "in.pst").read_bytes() == repaired


def stop_halfway(tmp_path):
    """As if the repair had been stopped: without the mark, and with a header that is neither the old one nor the new one."""
    journal = bytearray((tmp_path / JOURNAL).read_bytes())
    journal[512:1024] = bytes(512)
    (tmp_path / JOURNAL).write_bytes(journal)
    flip(tmp_path / "in.pst", 0x20)


def test_stopped_and_moved(repaired, tool, tmp_path):
    """Device and inode may be others after a restart."""
    stop_halfway(tmp_path)
    shutil.copy(tmp_path / "in.pst", tmp_path / "copy")
    os.replace(tmp_path / "copy", tmp_path / "in.pst")
    assert tool("undo").returncode == SOUND
    assert (tmp_path / "in.pst").read_bytes() == repaired


def test_stopped_and_replaced(repaired, tool, tmp_path):
    """Another file that has come to the same place, and inode, is not made what this one was."""
    stop_halfway(tmp_path)
    other = store("unicode", folders=4, messages=9, crypt=0).sealed()
    (tmp_path / "in.pst").write_bytes(other)
    done = tool("undo")
    assert done.returncode == FAILED and "another file" in done.stderr
    assert (tmp_path / "in.pst").read_bytes() == other


def test_stopped_and_again(repaired, tool, pstfix, tmp_path):
    """Whatever journal is named, and whatever link leads to the file."""
    stop_halfway(tmp_path)
    before = (tmp_path / "in.pst").read_bytes()
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "link.pst").symlink_to(tmp_path / "in.pst")
    done = in_place(tool, "--undo-file", tmp_path / "second")
    assert done.returncode == FAILED and "undo that first" in done.stderr and not (tmp_path / "second").exists()
    assert (tmp_path / "in.pst").read_bytes() == before
    assert subprocess.run([pstfix, "undo", tmp_path / "links" / "link.pst"], check=False).returncode == SOUND
    assert (tmp_path / "in.pst").read_bytes() == repaired


@pytest.mark.parametrize("at", (0, 20, 60, 1030, 1060, -1))
def test_damaged_journal(at, repaired, tool, tmp_path):
    """Nothing is written before all of the journal has proved itself."""
    before = (tmp_path / "in.pst").read_bytes()
    flip(tmp_path / JOURNAL, at)
    done = tool("undo")
    assert done.returncode == FAILED and "damaged" in done.stderr
    assert (tmp_path / "in.pst").read_bytes() == before


def test_no_journal(tool, tmp_path):
    (tmp_path / "in.pst").write_bytes(broken("unicode"))
    done = tool("undo")
    assert done.returncode == FAILED and JOURNAL in done.stderr and "No such file" in done.stderr


def test_second_repair_beside_a_journal(repaired, tool, tmp_path):
    flip(tmp_path / "in.pst", 0x4500)
    done = in_place(tool)
    assert done.returncode == FAILED and "undo journal of a repair before" in done.stderr
    again = in_place(tool, "--undo-file", tmp_path / "second")
    assert again.returncode == CORRECTED, again.stderr
    assert tool("undo", "--undo-file", tmp_path / "second").returncode == SOUND


def test_journal_is_told(repaired, tool, tmp_path):
    for command in (["check"], ["repair", "--dry-run"]):
        assert "note: was repaired in place" in tool(*command).stderr
    journal = bytearray((tmp_path / JOURNAL).read_bytes())
    journal[512:1024] = bytes(512)
    (tmp_path / JOURNAL).write_bytes(journal)
    assert "stopped in the middle" in tool("check").stderr
    flip(tmp_path / "in.pst", 0x4500)
    done = in_place(tool)
    assert done.returncode == FAILED and "stopped in the middle: undo that first" in done.stderr


def test_loss_is_to_be_allowed(tool, tmp_path):
    data = damaged("message_row_alone", "unicode")
    (tmp_path / "in.pst").write_bytes(data)
    done = tool("repair", "--in-place", "--quiet")
    assert done.returncode == FAILED and "drops" in done.stderr
    assert (tmp_path / "in.pst").read_bytes() == data and not (tmp_path / JOURNAL).exists()


def test_moved_content_takes_a_new_file(tool, tmp_path):
    data = damaged("content_moved", "unicode")
    (tmp_path / "in.pst").write_bytes(data)
    done = in_place(tool)
    assert done.returncode == FAILED and "pstfix repair FILE -o OUT" in done.stderr
    assert (tmp_path / "in.pst").read_bytes() == data
