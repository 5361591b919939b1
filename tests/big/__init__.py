"""Large stores: a template by the image builder, made large by pst-big (see big.c)."""

import os
import random
import subprocess
from pathlib import Path

from image import format as F
from image.builder import TOP, Builder
from image.layout import Writer

ROOT = Path(__file__).resolve().parent.parent.parent


class Growing(Builder):
    """Every message has one attachment, which begins with the word that tells pst-big what may grow."""

    def attachment(self, i, j):
        name, _ = super().attachment(i, j)
        return name, b"GROW" + self.rng.randbytes(self.attachment_size)


def template(path, fmt, messages=64, folders=4):
    """A sound store; `messages` bounds the size: an attachment ends before 4 GiB."""
    f = F.FORMATS[fmt]
    writer = Writer(f, F.NONE if f.compresses else F.PERMUTE)
    builder = Growing(writer, random.Random(1), f.data_max * 5 // 2)
    builder.frame()
    where = [builder.add_folder(f"Folder {i + 1}", builder.folders[TOP]) for i in range(folders)]
    for i in range(messages):
        builder.add_message(where[i % folders], builder.compose(i, 1))
    builder.flush()
    writer.commit()
    writer.save(path)


def big(path, fmt, *options):
    """Make a store at `path`; options as of pst-big."""
    program = os.environ.get("PST_BIG", ROOT / "build" / "tests" / "big" / "pst-big")
    small = Path(f"{path}.template")
    template(small, fmt)
    subprocess.run([program, *map(str, options), small, path], check=True)
    small.unlink()
    return path
