"""A flipped bit in each of 40 data blocks: so many root findings, each with all nodes that need its block, and nothing else."""

import random
from collections import Counter, defaultdict

import pytest

from image.builder import store
from image.messaging import items
from judges import Tool
from test_hostile import FORMATS, LEFT

BLOCKS = 40


def data_of(sound, data, sub):
    """The data blocks of a node and of its subnodes."""
    yield from sound.leaves(data) if data else ()
    for below in sound.subnodes(sub).values() if sub else ():
        yield from data_of(sound, *below)


def names_of(sound):
    """What check calls a folder or message, and the nodes whose own properties that takes."""
    names, needs, found = {}, {}, items(sound)
    paths = {folder.nid: folder.path for folder in found.folders}

    def up(nid):
        return {nid, *(up(sound.nodes[nid].parent) if sound.nodes[nid].parent not in (0, nid) else ())}

    for nid, path in paths.items():
        names[nid], needs[nid] = path, up(nid)
        for kind in (13, 14, 15) if nid & 31 == 2 else ():
            names[nid & ~31 | kind], needs[nid & ~31 | kind] = path, up(nid)
    for message in found.messages:
        names[message.nid], needs[message.nid] = f"{paths[message.folder]}: {message.subject}", up(message.nid)
    return names, needs


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("fmt", FORMATS)
def test_rot(fmt, seed, pstfix, tmp_path):
    image, rng = store(fmt, folders=4, messages=60, attachments=2, embedded=2), random.Random(seed)
    sound = image.store
    users = defaultdict(set)
    for nid, node in sound.nodes.items():
        for bid in data_of(sound, node.data, node.sub):
            users[bid].add(nid)
    template = max(users, key=lambda bid: len(users[bid]))      # an empty table that many folders share
    assert len(users[template]) > 3
    of_folders = {bid for nid, node in sound.nodes.items() if nid & 31 == 2 for bid in sound.leaves(node.data)}
    others = [bid for bid in users if bid != template and bid not in of_folders]    # so that names can be read
    rotten = [template, *rng.sample(others, BLOCKS - 1)]
    names, needs = names_of(sound)
    unnamed = {nid for nid, node in sound.nodes.items() if node.data and not set(sound.leaves(node.data)).isdisjoint(rotten)}
    for bid in rotten:
        image.block(bid).flip(rng.randrange(sound.blocks[bid].cb), rng.randrange(8))
    path = tmp_path / "in.pst"
    path.write_bytes(image.sealed())

    check = Tool(pstfix).json("check", path)
    assert check.status == LEFT
    roots = [line for line in check.findings if line["cause"] is None]
    assert {line["problem"] for line in roots} == {"BLOCK_CRC"}
    assert sorted((line["id"], line["offset"]) for line in roots) == sorted((bid, sound.blocks[bid].ib) for bid in rotten)
    follows = [line for line in check.findings if line["cause"] is not None]
    assert {line["problem"] for line in follows} <= {"NODE_DAMAGED", "NODE_HOLES"}
    hit = defaultdict(set)
    for line in follows:
        assert check.findings[line["cause"]]["id"] == line["id"]
        hit[line["id"]].add(line["nid"])
    assert hit == {bid: users[bid] for bid in rotten}
    named = [line for line in follows if line["nid"] in names and needs[line["nid"]].isdisjoint(unnamed)]
    assert len(named) > BLOCKS / 4
    assert all(line.get("item", "") == names[line["nid"]] for line in named)

    folder_of = {nid: nid if nid & 31 in (2, 3) else sound.nodes[nid].parent if nid & 31 in (4, 8)
                 else nid & ~31 | (3 if nid & 31 in (6, 7, 16) else 2) if nid & 31 in (6, 7, 13, 14, 15, 16) else 0
                 for nid in sound.nodes}
    losses, items_hit = Counter(folder_of[line["nid"]] for line in follows), Counter()
    for nid in set().union(*(users[bid] for bid in rotten)):
        items_hit[folder_of[nid]] += nid & 31 in (4, 8)
    said = {line["damaged_folder"]["nid"]: line["damaged_folder"] for line in check.lines if "damaged_folder" in line}
    assert {nid: (each["losses"], each["damaged_items"], each["lossless"]) for nid, each in said.items()} == \
           {nid: (n, items_hit[nid], 0) for nid, n in losses.items() if nid in sound.nodes}
    lines = Tool(pstfix)("check", "--verbose", path).out.splitlines()
    for folder in said.values():
        line, = (line for line in lines if line.startswith(f"{'':14}{folder.get('path', '(root)')}: "))
        assert f" problem{'s' * (folder['losses'] != 1)} (0 lossless, {folder['losses']} lost)" in line
        assert (f" {folder['damaged_items']} damaged message" in line) == bool(folder["damaged_items"])
