"""The programs that the tests run: pstfix, and pffexport, readpst and pst-extractor as judges of what it wrote.

The other readers are judged by the files they write; their exit status says nothing.
"""

import hashlib
import json
import os
import pty
import re
import shutil
import subprocess
from functools import cached_property
from pathlib import Path

import pytest

SECONDS = 60        # more than any call here may take


class Run:
    """A program that was started; what is asked of it waits for its end."""

    started = []

    def __init__(self, *command, seconds=SECONDS, **options):
        self.command, self.seconds = [str(word) for word in command], seconds
        self.process = subprocess.Popen(self.command, **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                                                         "stderr": subprocess.PIPE, **options})
        Run.started.append(self.process)

    @staticmethod
    def end_all():
        """Nothing that a failed test has started is to go on."""
        while Run.started:
            with Run.started.pop() as process:
                process.kill()

    @cached_property
    def _output(self):
        try:
            return self.process.communicate(timeout=self.seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            pytest.fail(f"{self}: no end after {self.seconds} seconds")

    def __str__(self):
        return " ".join(self.command)

    @property
    def status(self):
        """The exit status; a signal is a failure of the test."""
        assert self._output is not None
        assert self.process.returncode >= 0, f"{self}: ended by signal {-self.process.returncode}"
        return self.process.returncode

    @property
    def out(self):
        return (self._output[0] or b"").decode()

    @property
    def err(self):
        return (self._output[1] or b"").decode()

    # what --json prints

    @cached_property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def findings(self):
        return [line for line in self.lines if "problem" in line]

    @property
    def problems(self):
        return [line for line in self.findings if line["severity"] != "note"]

    @property
    def losses(self):
        return [line for line in self.findings if line["severity"] == "loss"]

    @property
    def last(self):
        """The summary of a check, the result of a repair."""
        end = self.lines[-1] if self.lines else {}
        assert "error" not in end, f"{end['file']}: {end['error']}"
        return end.get("summary") or end.get("result")


class Tool:
    """pstfix: tool("check", path)."""

    def __init__(self, program):
        self.program = program

    def __call__(self, *args, **options):
        return Run(self.program, *args, **options)

    def json(self, command, *args, **options):
        return Run(self.program, command, "--json", *args, **options)


def needs(program):
    if not shutil.which(program):
        pytest.fail(f"{program} is not installed")


class Pffexport(Run):
    """All items that libpff finds by way of the folders."""

    def __init__(self, path, folder):
        needs("pffexport")
        self.target = folder.with_name(folder.name + ".export")
        super().__init__("pffexport", "-q", "-m", "items", "-t", folder, path)

    @cached_property
    def files(self):
        """{path: SHA-256} of everything exported: properties, bodies, attachments."""
        assert self._output is not None
        return {str(path.relative_to(self.target)): hashlib.sha256(path.read_bytes()).hexdigest()
                for path in self.target.rglob("*") if path.is_file()}

    @cached_property
    def items(self):
        """How many items it found, embedded ones included: a folder each, called by class and number."""
        assert self._output is not None
        folders = [path.name for path in self.target.rglob("*") if path.is_dir()]
        return sum(bool(re.fullmatch(r"[A-Za-z ]+\d{5}", name)) for name in folders)


class Readpst(Run):
    """All messages that libpst finds by way of the index."""

    def __init__(self, path, folder):
        needs("readpst")
        self.target = folder
        folder.mkdir()
        super().__init__("readpst", "-q", "-D", "-j", "0", "-S", "-o", folder, path)

    @cached_property
    def messages(self):
        assert self._output is not None
        return sum(path.is_file() and path.name.isdigit() for path in self.target.rglob("*"))


class Extractor(Run):
    """All items that pst-extractor finds by way of the folders; samples/ has it."""

    def __init__(self, path):
        needs("node")
        super().__init__("node", Path(__file__).with_name("extract.js"), path)

    @cached_property
    def items(self):
        """A line for each: path of its folder, id, subject, SHA-256 of bodies and attachments."""
        return sorted(self.out.splitlines())


def from_terminal(command, stream, **options):
    """What a program prints to a terminal that is its `stream`, what it prints to a pipe otherwise, and how it ends."""
    ours, theirs = pty.openpty()
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: theirs}
    with subprocess.Popen(command, **pipes, **options) as process:
        os.close(theirs)
        said = b""
        try:
            while piece := os.read(ours, 65536):
                said += piece
        except OSError:                         # how a terminal of Linux ends
            pass
        os.close(ours)
        other = process.stdout or process.stderr
        return said, other.read(), process.wait(SECONDS)


# At the end of a source with <dlfcn.h> and <string.h> that has calls of libpff.
LIBPFF = """
/* libpff is loaded by its name: of what is asked for there, those below come first, and they ask for what comes next. */
void *dlsym(void *library, const char *name)
{
	static void *(*next)(void *, const char *), *libpff;
	void *own;

	if (!next)
		next = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34");
	if (strncmp(name, "libpff_", 7))
		return next(library, name);
	if (library == RTLD_NEXT)
		return next(libpff, name);
	libpff = library;
	own = next(RTLD_DEFAULT, name);
	return own ? own : next(library, name);
}
"""


def preloaded(folder, source):
    """A library that stands between a program and those that it calls."""
    (folder / "calls.c").write_text(source)
    subprocess.run(["gcc", "-O0", "-shared", "-fPIC", folder / "calls.c", "-o", folder / "calls.so", "-ldl"], check=True)
    return folder / "calls.so"
