#!/usr/bin/env python3
"""What comes back: damages of real files, counted by content with the independent reader.

    catalogue.py [--only NAME]... [--file NAME]... [--seeds N]

A line for each scenario of image/scenarios.py and each file, the sums of its seeds:

    survivable      messages, hidden ones too, all of whose blocks are as they were
    whole           of these, those that say after the repair what they said before
    folder          of these, those that are in the folder where they were, and in its table
    shown           of these, those that the user sees who could see them before
    partial, of     of the others with readable properties: those of which all is there that can be read; how many they are
    silent          messages that are not as they were, and no line says so
    invented        messages in the result that were not there, say what they did not say, or what another one says
    old             messages in an earlier version, or deleted before
    structure, of   of store, names and folders whose blocks are as they were: those that are there as they were
    unbuilt         nodes that make the store, folders, tables of folders: missing, unreadable, or of another name
    unsaid          problems of the result that the repair did not report
    judge           complaints of the independent judge
    libpff, libpst  what they find in the sound file, in the damaged one, in the result

Files are enron.pst and the OSTs of PSTFIX_SAMPLES, and what there is in PSTFIX_CORPUS.  PSTFIX names the program.
"""

import argparse
import os
import tempfile
from fnmatch import fnmatch
from pathlib import Path

from image.damage import Image, Inapplicable
from image.scenarios import SCENARIOS
from judges import Run, Tool
from scoring import Score, Sound
from test_repair import MEMORY

COLUMNS = ("survivable", "whole", "folder", "shown", "partial", "of", "silent", "invented", "old", "structure", "of",
           "unbuilt", "unsaid", "judge", "libpff", "damaged", "result", "libpst", "damaged", "result")


def counts(score):
    pff, pst = zip(score.sound.others(score.folder), score.others_before, score.others)
    return [len(score.survivable), len(score.whole), len(score.placed), len(score.shown), len(score.partial),
            len(score.partial_at_best), len(score.silent), len(score.invented | score.twice), len(score.old),
            sum(score.structure.values()), len(score.structure), len(score.unbuilt), len(score.unsaid),
            len(score.complaints), *pff, *pst]


def line(sound, name, seeds, tool):
    """The sums of all seeds that differ."""
    sums, seen = [0] * len(COLUMNS), set()
    for seed in range(1, seeds + 1):
        data = sound.damaged(name, seed)
        if data in seen:
            continue
        seen.add(data)
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
            try:
                sums = [a + b for a, b in zip(sums, counts(Score(sound, data, tool, Path(folder))))]
            except AssertionError as why:
                return [str(why).partition(": ")[2].partition(";")[0]]
            finally:
                Run.end_all()
    return [str(count) for count in sums]


def main():
    parser = argparse.ArgumentParser(description="What comes back of damaged files.")
    parser.add_argument("--only", action="append", metavar="NAME", help="of a scenario, or a pattern for some")
    parser.add_argument("--file", action="append", metavar="NAME", help="of a file, or a pattern for some")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    tool = Tool(Path(os.environ.get("PSTFIX", Path(__file__).parent.parent / "build" / "tools" / "pstfix")))
    places = [os.environ.get("PSTFIX_SAMPLES"), os.environ.get("PSTFIX_CORPUS")]
    print(f"| file | damage | {' | '.join(COLUMNS)} |\n{'|---' * (len(COLUMNS) + 2)}|", flush=True)
    for file in sorted(path for place in places if place for path in Path(place).glob("*.?st")):
        if not chosen(file.name, options.file):
            continue
        sound = Sound(Image.load(file))
        for name in SCENARIOS:
            if chosen(name, options.only):
                try:
                    print(f"| {file.name} | {name} | {' | '.join(line(sound, name, options.seeds, tool))} |", flush=True)
                except Inapplicable:
                    pass


def chosen(name, patterns):
    return not patterns or any(fnmatch(name, pattern) for pattern in patterns)


if __name__ == "__main__":
    main()
