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
#include <stdlib.h>
#include <string.h>
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
    with open(path, "rb") as file, subprocess.Popen([sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read(0); input()"],
                                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[file.fileno()]) as process:
        process.stdout.readline()
        file.close()
        yield process
        process.kill()


def test_open(run, path, reader):
    data = path.read_bytes()
    done = run("repair", "--in-place")
    assert done.returncode == FAILED and f"process {reader.pid} (python" in done.stderr, done.stderr
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
        assert done.returncode == FAILED and "locked" in done.stderr, done.stderr
        assert path.read_bytes() == data and os.listdir(path.parent) == [path.name]
        assert run("repair", "--in-place", "--force", BLIND="1").returncode == CORRECTED
    assert run("undo").returncode == SOUND
    assert run("repair", "--in-place", BLIND="1").returncode == CORRECTED


def test_nobody(run, path):
    assert run("repair", "--in-place").stderr == ""
    assert run("check").stderr.count("note") == 1       # of the journal


@pytest.mark.parametrize("what", ("size", "time", "header"))
def test_changed_while_read(run, path, what):
    before = run("check", "--json")
    assert "FILE_CHANGED" not in before.stdout
    done = run("check", "--json", CHANGE=what)
    assert done.stdout.count("FILE_CHANGED") == 1
    assert "note: changed while it was read" in done.stderr
    if what != "header":        # of which the repair would see the other time
        done = run("repair", CHANGE=what)
        assert done.returncode == FAILED and "changed" in done.stderr, done.stderr
        assert os.listdir(path.parent) == [path.name]
