"""What `meson install` installs is what a program needs: headers, both libraries, pkg-config; and nothing is exported that
the headers do not declare."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from image.builder import store

ROOT = Path(__file__).resolve().parent.parent
MAIN = """
int main(int argc, char **argv)
{
	return argc == 3 ? repair(argv[1], argv[2]) : 2;
}
"""


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{' '.join(map(str, command))}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(pstfix, tmp_path_factory):
    target = tmp_path_factory.mktemp("install")
    run("meson", "install", "-C", pstfix.parent.parent, "--no-rebuild", "--quiet", "--destdir", target)
    return target


@pytest.fixture(scope="module")
def libraries(installed):
    return next(installed.rglob("libpstfix.so")).parent


def flags(installed, libraries, linked):
    """As pkg-config says."""
    environment = {**os.environ, "PKG_CONFIG_PATH": str(libraries / "pkgconfig"), "PKG_CONFIG_SYSROOT_DIR": str(installed)}
    options = run("pkg-config", "--cflags", "--libs", *(("--static",) if linked == "static" else ()), "pstfix",
                  env=environment).split()
    if linked == "shared":
        return options
    return [str(libraries / "libpstfix.a") if option == "-lpstfix" else option for option in options]


def declared():
    headers = "".join(path.read_text() for path in (ROOT / "include" / "pstfix").glob("*.h"))
    return set(re.findall(r"\b(pstfix_\w+)\(", "".join(re.findall(r"PSTFIX_API[^;]*;", headers))))


def test_exports_what_is_declared(libraries):
    lines = run("nm", "-D", "--defined-only", libraries / "libpstfix.so").splitlines()
    exported = {line.split()[-1].split("@")[0] for line in lines if line.split()[-2] in "TDBR"}
    assert len(exported) > 20
    assert exported == declared()


def test_manual(installed):
    """Where `man pstfix` looks for it."""
    page, = installed.rglob("share/man/man1/pstfix.1")
    assert page.read_text() == (ROOT / "tools/pstfix.1").read_text()


@pytest.mark.parametrize("linked", ("shared", "static"))
@pytest.mark.parametrize("compiler", ("gcc -std=c11 -x c", "g++ -std=c++17 -x c++"))
def test_program(compiler, linked, installed, libraries, pstfix, tmp_path):
    """The example of the README, as C and as C++, linked as pkg-config says, repairs a store."""
    example = re.search(r"```c\n(#include <pstfix/pstfix.h>.*?)```", (ROOT / "README.md").read_text(), re.S).group(1)
    (tmp_path / "main.c").write_text(example + MAIN)
    image = store("unicode")
    image.header.zero()
    (tmp_path / "in.pst").write_bytes(image.sealed())
    run(*compiler.split(), "-Wall", "-Wextra", "-Werror", tmp_path / "main.c", "-x", "none",
        *flags(installed, libraries, linked), "-o", tmp_path / "main")
    environment = {**os.environ, "LD_LIBRARY_PATH": str(libraries)} if linked == "shared" else {}
    run(tmp_path / "main", tmp_path / "in.pst", tmp_path / "out.pst", env={**os.environ, **environment})
    assert subprocess.run([pstfix, "check", "--quiet", tmp_path / "out.pst"], check=False).returncode == 0
