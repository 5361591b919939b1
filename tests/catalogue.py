#!/usr/bin/env python3
"""What comes back: damages of the node index on real files, counted by content with the independent reader.

    catalogue.py [--seeds N] [FILE...]

Of each damage with N seeds: messages that are survivable (every block of theirs is as it was), of these whole after the
repair (SHA-256 of their data and of all their subnodes), and in the folder where they were; nodes in the result that never
were; and, for comparison, what libpff and libpst find in the damaged file itself.  Without FILE: enron.pst and the OSTs of
PSTFIX_SAMPLES, and what there is in PSTFIX_CORPUS.  PSTFIX names the program.
"""

import argparse
import os
import random
import tempfile
from pathlib import Path

from image.damage import Image
from image.reader import Store, content
from judges import Pffexport, Readpst, Run, Tool
from test_repair import LEAVES, Source, maps


def damages(source, seed):
    count = len(source.image.nbt.leaves)
    for name, how_many in LEAVES.items():
        image = source.image.copy()
        for i in random.Random(f"{name} {seed}").sample(range(count), how_many(count)):
            image.nbt.leaves[i].zero()
        yield f"{name} of {count} leaves of the node index", image
    image = source.image.copy()
    for page in image.nbt.pages + image.bbt.pages:
        page.zero()
    yield "all pages of both indexes", image.copy()
    image.header.zero()
    for page in maps(image) + [image.dlist]:
        page.zero()
    yield "all pages of both indexes, header, maps", image


def score(source, data, tool, folder):
    """-> survivable, whole, placed, invented, found by libpff and by libpst in the damaged file"""
    path, out = folder / "in.pst", folder / "out.pst"
    path.write_bytes(data)
    pff, pst = Pffexport(path, folder / "pff"), Readpst(path, folder / "readpst")
    broken = source.damaged_blocks(data)
    assert tool.json("repair", path, "-o", out, "--force").status in (1, 4, 5)
    result, before = Store(out) if out.exists() else source.store, source.store.nodes
    digests = content(result) if out.exists() else {}
    survivable = {nid for nid in before if nid & 31 == 4 and not source.blocks[nid] & broken}
    whole = {nid for nid in survivable if digests.get(nid) == source.digests[nid]}
    placed = {nid for nid in whole if result.nodes[nid].parent == before[nid].parent}
    counts = len(survivable), len(whole), len(placed), len(digests.keys() - before.keys()), pff.items, pst.messages
    Run.end_all()
    return counts


def main():
    parser = argparse.ArgumentParser(description="What comes back of damaged files.")
    parser.add_argument("files", nargs="*", metavar="FILE", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    tool = Tool(Path(os.environ.get("PSTFIX", Path(__file__).parent.parent / "build" / "tools" / "pstfix")))
    places = [os.environ.get("PSTFIX_SAMPLES"), os.environ.get("PSTFIX_CORPUS")]
    files = options.files or sorted(path for place in places if place for path in Path(place).glob("*.?st"))
    print("| file | lost | survivable | whole | right folder | invented | libpff | libpst |\n|---|---|---|---|---|---|---|---|")
    for file in files:
        source = Source(Image.load(file))
        sums = {}
        for seed in range(options.seeds):
            for what, image in damages(source, seed):
                with tempfile.TemporaryDirectory() as folder:
                    counts = score(source, image.sealed(), tool, Path(folder))
                sums[what] = [a + b for a, b in zip(sums.get(what, [0] * len(counts)), counts)]
        for what, counts in sums.items():
            print(f"| {file.name} | {what} | {' | '.join(str(count) for count in counts)} |", flush=True)


if __name__ == "__main__":
    main()
