"""What README.md shows is what the program prints; and it names all options of the build."""

import re
import subprocess

import pytest

from conftest import ROOT
from image.builder import store

README = (ROOT / "README.md").read_text()


def broken():
    """As ./demo breaks it."""
    image = store("unicode", folders=4, messages=30, embedded=0)
    image.header.zero()
    image.nbt.root.zero()
    image.bbt.leaf(2).swap(3, 4)
    image.amap().flip(100)
    return image


def rotten():
    image = store("unicode", folders=4, messages=30, embedded=0)
    image.node_block(0x2000E4).flip(100)
    folder = image.node_block(0x80A2)
    folder.write(folder.data.replace("Folder".encode("utf-16-le"), "Golder".encode("utf-16-le"), 1))
    return image


@pytest.mark.parametrize("image", (broken, rotten))
def test_session(image, pstfix, tmp_path):
    """A shell session that begins with a check of this file."""
    name = image.__name__
    shown = re.search(rf"^```\n(\$ pstfix check {name}\.pst\n.*?)```$", README, re.M | re.S)[1]
    (tmp_path / f"{name}.pst").write_bytes(image().sealed())
    printed, status = "", 0
    for command in re.findall(r"^\$ (.*)$", shown, re.M):
        said = f"{status}\n"
        if command != "echo $?":
            done = subprocess.run([pstfix, *command.split()[1:]], cwd=tmp_path, capture_output=True, text=True, timeout=60)
            said, status = done.stdout + done.stderr, done.returncode
        printed += f"$ {command}\n{said}"
    assert printed == shown


def test_build_options():
    options = re.findall(r"^option\('(\w+)'", (ROOT / "meson_options.txt").read_text(), re.M)
    assert [option for option in options if f"-D{option}=" not in README] == []
