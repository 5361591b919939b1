"""Repair in place, and undo: the file is as it was, or one undo away from it, wherever the repair is stopped.

A library between the program and the system counts the calls that change anything on the disk, ends the process before the one
that is asked for, lets it fail, or writes down what was done to the file.
"""

import importlib
import os
import random
import shutil
import subprocess

import problems
import pytest
from image.builder import store
from image.reader import Store, content
from judges import Run, Tool, preloaded
from problems import message_row_missing
from test_cli import USAGE
from test_hostile import CORRECTED, FAILED, FORMATS, LEFT, SOUND

STOPPED = 99
JOURNAL = "in.pst.pstfix-undo"
# What is damaged: header, length, maps, either index, contents, and what is lost.
DAMAGES = ("header_magic", "header_crc_full", "header_maps_invalid", "header_end", "file_long", "file_section", "amap_page_all", "amap_leak",
           "bbt_root", "bbt_order", "bbt_refs", "bbt_page_leaves", "nbt_root_both", "nbt_page", "nbt_stale", "nbt_tied", "block_crc",
           "folder_row_missing", "folder_count", "folder_table_hierarchy", "message_cell", "message_row_missing", "name_buckets",
           "store_node_names", "pc_unreadable", "node_holes", "tc_unreadable")

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

static int done;

/* The number of the call is known; whether it fails. */
static int fails(void)
{
	const char *stop = getenv("STOP"), *fail = getenv("FAIL");

	done++;
	if (stop && done == atoi(stop))
		_exit(99);
	if (fail && done == atoi(fail)) {
		errno = EIO;
		return 1;
	}
	return 0;
}

/* What is done to the file itself. */
static void note(int fd, char what, const void *bytes, size_t size, off64_t at)
{
	const char *log = getenv("LOG");
	char link[40], path[4096];
	ssize_t n;
	FILE *to;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof path - 1);
	path[n > 0 ? n : 0] = 0;
	if (!log || n < 7 || strcmp(path + n - 7, "/in.pst"))
		return;
	to = fopen(log, "a");
	fprintf(to, "%c %lld ", what, (long long)at);
	for (size_t i = 0; i < size; i++)
		fprintf(to, "%02x", ((const unsigned char *)bytes)[i]);
	fputc('\n', to);
	fclose(to);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at)
{
	if (fails())
		return -1;
	note(fd, 'w', bytes, size, at);
	if (getenv("SPOIL") && size > 8192)
		((char *)bytes)[1000] ^= 1;
	return NEXT(pwrite64)(fd, bytes, size, at);
}

int ftruncate64(int fd, off64_t size)
{
	if (fails())
		return -1;
	note(fd, 't', NULL, 0, size);
	return NEXT(ftruncate64)(fd, size);
}

int fsync(int fd)
{
	if (fails())
		return -1;
	note(fd, 's', NULL, 0, 0);
	return NEXT(fsync)(fd);
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
	return fails() ? -1 : NEXT(linkat)(a, from, b, to, flags);
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


def steps_of(log):
    """What was done to the file."""
    return log.read_text().splitlines() if log.exists() else []


def items(tool):
    """All that is listed, but for the summary."""
    return [line for line in tool("list", "--json").stdout.splitlines() if '"summary"' not in line]


def header_writes(steps):
    return sum(step.startswith("w 0 ") for step in steps)


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


@pytest.mark.parametrize("fmt, name", CASES[::2])    # 27 damages: each in one format or two
def test_stopped_before_each_call(fmt, name, tool, tmp_path):
    """Until the new header is written, all can be listed that could be, or more, where pages are lost and new ones have come; one undo
    gives back what was."""
    data, path, journal, log = damaged(name, fmt), tmp_path / "in.pst", tmp_path / JOURNAL, tmp_path / "log"
    path.write_bytes(data)
    listed = items(tool)
    if not in_place(tool, LOG=log).returncode & CORRECTED:
        assert path.read_bytes() == data and not steps_of(log)
        return
    headers, undone = header_writes(steps_of(log)), 0
    assert tool("undo").returncode == SOUND
    for n in range(1, 10_000):
        log.unlink(missing_ok=True)
        if in_place(tool, STOP=n, LOG=log).returncode != STOPPED:
            break
        if header_writes(steps_of(log)) < headers:
            assert set(listed) <= set(items(tool)), set(listed) - set(items(tool))
        if journal.exists():
            undone += 1
            assert tool("undo").returncode == SOUND
        assert path.read_bytes() == data and not journal.exists()
    assert undone > 4


@pytest.mark.parametrize("fmt", FORMATS)
def test_undo_stopped_before_each_call(fmt, tool, tmp_path):
    data, path = broken(fmt), tmp_path / "in.pst"
    path.write_bytes(data)
    assert in_place(tool).returncode == CORRECTED
    repaired, journal = path.read_bytes(), (tmp_path / JOURNAL).read_bytes()
    for n in range(1, 1000):
        path.write_bytes(repaired)
        (tmp_path / JOURNAL).write_bytes(journal)
        if tool("undo", STOP=n).returncode != STOPPED:
            break
        if (tmp_path / JOURNAL).exists():
            assert tool("undo").returncode == SOUND
        assert path.read_bytes() == data
    assert n > 4 and path.read_bytes() == data


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


def power_lost(data, log, rng):
    """What may be on the disk: of what was done since the last sync some may be missing, writes may be half done."""
    stop = rng.randrange(len(log) + 1)
    synced = max([i for i, line in enumerate(log[:stop]) if line[0] == "s"], default=-1)
    out = bytearray(data)
    for i, line in enumerate(log[:stop]):
        what, at, raw = line.split(" ")
        at, raw = int(at), bytes.fromhex(raw)
        if i > synced and rng.random() < 0.5:
            continue
        if what == "t":
            out = out[:at] + bytes(at - len(out[:at]))
        elif what == "w":
            if i > synced and rng.random() < 0.5:
                raw = raw[:rng.randrange(len(raw) // 512 + 1) * 512]
            out[at:at + len(raw)] = raw
    return bytes(out)


@pytest.mark.parametrize("name", ("nbt_root_both", "amap_page_all", "message_row_missing", "file_long", "store_node_names"))
@pytest.mark.parametrize("fmt", FORMATS)
def test_power_lost(fmt, name, tool, pstfix, tmp_path):
    """After the journal is there; what was done to the file since may have come to the disk in any order, or in part."""
    data, path, log, rng = damaged(name, fmt), tmp_path / "in.pst", tmp_path / "log", random.Random(f"{name} {fmt}")
    path.write_bytes(data)
    assert in_place(tool, LOG=log).returncode & CORRECTED
    steps = log.read_text().splitlines()
    journal = bytearray((tmp_path / JOURNAL).read_bytes())
    journal[512:1024] = bytes(512)      # not marked as done
    for _ in range(60):
        path.write_bytes(power_lost(data, steps, rng))
        (tmp_path / JOURNAL).write_bytes(journal)
        done = tool("undo")
        assert done.returncode == SOUND, done.stderr
        assert path.read_bytes() == data


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
    """Restored from a backup, it is another file by inode, and the same by its header."""
    shutil.copy(tmp_path / "in.pst", tmp_path / "copy")
    os.replace(tmp_path / "copy", tmp_path / "in.pst")
    assert tool("undo").returncode == SOUND
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
    assert done.returncode == FAILED and "new file" in done.stderr
    assert (tmp_path / "in.pst").read_bytes() == data


@pytest.mark.parametrize("name", ("enron.pst", "pstextractortest@outlook.com.ost"))
def test_journal_is_small(name, samples, tool, tmp_path):
    data, path = bytearray((samples / name).read_bytes()), tmp_path / "in.pst"
    data[:564] = bytes(564)
    path.write_bytes(data)
    assert in_place(tool).returncode & CORRECTED
    assert (tmp_path / JOURNAL).stat().st_size <= len(data) / 50 + 65536
    Run.end_all()
    assert tool("undo").returncode == SOUND
    assert path.read_bytes() == data
