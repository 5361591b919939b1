"""A file that others use: who they are is said, in place nothing is written, and a change while it is read is noticed."""

import fcntl
import os
import subprocess
import sys

import problems
import pytest
from judges import preloaded
from problems import message_row_missing
from test_hostile import CORRECTED, FAILED, SOUND

# Between the program and the system: nobody's files are shown; at the third read the file changes.
CALLS = r"""
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

DIR *opendir(const char *path)
{
	return getenv("BLIND") && !strncmp(path, "/proc", 5) ? NULL : ((DIR *(*)(const char *))dlsym(RTLD_NEXT, "opendir"))(path);
}

static void change(int fd, const char *what)
{
	char path[64], name[4096] = {0};
	struct stat st;
	int own;

	strcpy(path, "/proc/self/fd/");
	path[14] = '0' + fd;
	fstat(fd, &st);
	readlink(path, name, sizeof name - 1);
	own = open(name, O_WRONLY);
	if (!strcmp(what, "size"))
		ftruncate(own, st.st_size + 512);
	else if (!strcmp(what, "header"))
		pwrite(own, "x", 1, 30);
	else
		fchmod(own, st.st_mode);
	futimens(own, (struct timespec[]){st.st_atim, {st.st_mtim.tv_sec - !strcmp(what, "time"), st.st_mtim.tv_nsec}});
	close(own);
}

ssize_t pread64(int fd, void *out, size_t size, off64_t at)
{
	static int done;

	if (getenv("CHANGE") && ++done == 3 && fd < 10)
		change(fd, getenv("CHANGE"));
	return ((ssize_t (*)(int, void *, size_t, off64_t))dlsym(RTLD_NEXT, "pread64"))(fd, out, size, at);
}

pid_t fork(void)
{
	const char *path = getenv("AT_FORK");
	int fd = path ? open(path, O_WRONLY) : -1;

	if (fd >= 0) {
		pwrite(fd, "changed!", 8, lseek(fd, -8, SEEK_END));
		close(fd);
	}
	return ((pid_t (*)(void))dlsym(RTLD_NEXT, "fork"))();
}

int fsync(int fd)
{
	const char *path = getenv("PROBE");
	char told[4096];
	int own = path ? open(path, O_RDONLY) : -1;

	if (own >= 0 && flock(own, LOCK_EX | LOCK_NB)) {
		snprintf(told, sizeof told, "%s.locked", path);
		close(open(told, O_WRONLY | O_CREAT, 0600));
	}
	close(own);
	return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
}

ssize_t pread(int fd, void *out, size_t size, off_t at)
{
	return pread64(fd, out, size, at);
}
"""


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    return preloaded(tmp_path_factory.mktemp("calls"), CALLS)


@pytest.fixture
def run(pstfix, calls, tmp_path):
    def run(*command, **circumstances):
        return subprocess.run([pstfix, *command, tmp_path / "in.pst"], timeout=120, check=False, capture_output=True, text=True,
                              env={**os.environ, **({"LD_PRELOAD": str(calls)} if circumstances else {}), **circumstances})

    return run


@pytest.fixture
def path(tmp_path):
    (tmp_path / "in.pst").write_bytes(problems.store("unicode", message_row_missing.damage).sealed())
    return tmp_path / "in.pst"


@pytest.fixture
def reader(path):
    """Another process that has the file open."""
    with open(path, "rb") as file, subprocess.Popen([sys.executable, "-c", "print(flush=True); input()"],
                                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[file.fileno()]) as process:
        process.stdout.readline()
        file.close()
        yield process
        process.kill()


def test_open(run, path, reader):
    data = path.read_bytes()
    done = run("repair", "--in-place")
    assert done.returncode == FAILED and f"not in place: process {reader.pid} (python" in done.stderr, done.stderr
    assert path.read_bytes() == data and os.listdir(path.parent) == [path.name]
    done = run("repair")
    assert done.returncode == CORRECTED and f"note: process {reader.pid} (python" in done.stderr, done.stderr
    assert run("repair", "--in-place", "--force").returncode == CORRECTED
    assert path.read_bytes() != data


@pytest.mark.parametrize("lock", (fcntl.lockf, fcntl.flock), ids=("lockf", "flock"))
def test_locked(run, path, lock):
    data = path.read_bytes()
    with open(path, "r+b") as file:
        lock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        done = run("repair", "--in-place", BLIND="1")
        assert done.returncode == FAILED and "not in place: " in done.stderr and "locked" in done.stderr, done.stderr
        assert path.read_bytes() == data and os.listdir(path.parent) == [path.name]
        assert run("repair", "--in-place", "--force", BLIND="1").returncode == CORRECTED
    assert run("undo").returncode == SOUND
    assert run("repair", "--in-place", BLIND="1").returncode == CORRECTED


def test_nobody(run, path):
    assert run("repair", "--in-place").stderr == ""
    assert run("check").stderr.count("note") == 1       # of the journal


@pytest.mark.parametrize("what", ("size", "time", "header"))
def test_changed_while_read(run, path, what):
    data = path.read_bytes()
    assert "FILE_CHANGED" not in run("check", "--json").stdout
    done = run("check", "--json", CHANGE=what)
    assert done.stdout.count("FILE_CHANGED") == 1
    assert "note: changed while it was read" in done.stderr
    for place in ("--in-place", "--force"):
        path.write_bytes(data)
        done = run("repair", place, CHANGE=what)
        assert done.returncode == FAILED and "changed" in done.stderr.splitlines()[-1], done.stderr
        assert os.listdir(path.parent) == [path.name]
        assert sum(a != b for a, b in zip(path.read_bytes(), data)) <= 1


def test_changed_before_it_is_written(run, path):
    """By somebody who asks for no lock, while the result is verified."""
    data = path.read_bytes()
    done = run("repair", "--in-place", AT_FORK=str(path))
    assert done.returncode == FAILED and "nothing is written" in done.stderr, done.stderr
    assert path.read_bytes() == data[:-8] + b"changed!" and os.listdir(path.parent) == [path.name]


def test_locks(run, path):
    """Whoever asks while it is written is told, and an undo asks."""
    assert run("repair", "--in-place", PROBE=str(path)).returncode == CORRECTED
    assert (path.parent / "in.pst.locked").exists()
    with open(path, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = run("undo")
        assert done.returncode == FAILED and "locked" in done.stderr, done.stderr
    assert run("undo").returncode == SOUND
