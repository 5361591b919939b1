"""Damage of the node database by name, as that of what is above it stands in scenarios.py: CATALOGUE hits what can be derived
and known nodes, ANYWHERE whatever it hits.

    for name, damage in CATALOGUE.items():
        image = sound.copy()
        damage(image, random.Random(f"{name} {seed}"))
"""

from .damage import Inapplicable, into
from .disk import blocks_below

CATALOGUE, ANYWHERE = {}, {}
damage, anywhere = into(CATALOGUE), into(ANYWHERE)


@damage()
def header_zeroed(image, rng):
    image.header.zero()


@damage("dwCRCPartial", "dwCRCFull")
def header_crc_wrong(image, rng, field):
    if field not in image.format.header:
        raise Inapplicable("there is only one CRC in the header of an ANSI file")
    image.header.flip(image.format.header[field][0], 3)


@damage("bidNextP", "ibFileEof", "nbt.ib", "bCryptMethod")
def header_bit_flipped(image, rng, field):
    image.header.flip(image.format.header[field][0], 1)


@damage()
def root_garbage(image, rng):
    for name in ("ibFileEof", "ibAMapLast", "cbAMapFree", "cbPMapFree", "nbt.bid", "nbt.ib", "bbt.bid", "bbt.ib",
                 "fAMapValid"):
        image.header[name] = rng.randbytes(image.format.header[name][1])


@damage()
def root_zero(image, rng):
    image.header.set(**{name: 0 for name in ("ibFileEof", "ibAMapLast", "nbt.bid", "nbt.ib", "bbt.bid", "bbt.ib")})


@damage()
def roots_exchanged(image, rng):
    h = image.header
    h.set(**{"nbt.bid": h["bbt.bid"], "nbt.ib": h["bbt.ib"], "bbt.bid": h["nbt.bid"], "bbt.ib": h["nbt.ib"]})


@damage(0, 99, 0xFFFF)
def version_unknown(image, rng, version):
    image.header.wVer = version


@damage()
def version_37_unproven(image, rng):
    """The number is one that Unicode files may have, but a header whose checksum is wrong proves nothing."""
    image.write(image.format.header["wVer"][0], (37).to_bytes(2, "little"))


@damage()
def first_16k_zeroed(image, rng):
    image.zero(0, 16384)


@damage("nbt", "bbt", "both")
def root_page_zeroed(image, rng, which):
    for tree in trees(image, which):
        tree.root.zero()


def trees(image, which):
    return [image.nbt, image.bbt] if which == "both" else [getattr(image, which)]


@damage("nbt", "bbt", "both")
def interior_zeroed(image, rng, which):
    for page in interior(image, which):
        page.zero()


def interior(image, which):
    pages = [page for tree in trees(image, which) for page in tree.interior]
    if not pages:
        raise Inapplicable("the tree has one page")
    return pages


@damage("leaves", "pages")
def bbt_zeroed(image, rng, which):
    for page in getattr(image.bbt, which):
        page.zero()


@damage(0, 1, 2, 3)
def nbt_leaf_zeroed(image, rng, quarter):
    leaf_at(image, quarter).zero()


def leaf_at(image, quarter):
    return image.nbt.leaves[(len(image.nbt.leaves) - 1) * quarter // 3]


@damage("one", "half")
def nbt_children_missing(image, rng, how_many):
    """Nothing leads to leaves that are as they were."""
    for page in interior(image, "nbt"):
        gone = range(1, len(page), 2 if how_many == "half" else len(page))
        page.set_entries([raw for i, raw in enumerate(page.entries) if i not in gone])


@damage()
def nbt_children_missing_and_bbt_root(image, rng):
    """Nor does anything lead to what counts the references of their blocks."""
    nbt_children_missing(image, rng, "half")
    image.bbt.root.zero()


@damage()
def nbt_children_missing_and_bbt_leaves(image, rng):
    """Only maps tell that their blocks are needed."""
    nbt_children_missing(image, rng, "half")
    for leaf in image.bbt.leaves:
        leaf.zero()


@damage()
def nbt_leaf_torn(image, rng):
    leaf = leaf_at(image, 2)
    leaf.write_raw(image.format.page // 2, rng.randbytes(image.format.page // 2))


@damage("middle", "first", "all")
def bbt_entries_missing(image, rng, which):
    for leaf in image.bbt.leaves:
        gone = {"middle": [len(leaf) // 2], "first": [0], "all": range(len(leaf))}[which]
        leaf.set_entries([raw for i, raw in enumerate(leaf.entries) if i not in gone])


@damage("nbt", "bbt", "both")
def leaves_out_of_order(image, rng, which):
    for tree in trees(image, which):
        for leaf in tree.leaves:
            if len(leaf) > 1:
                i = rng.randrange(len(leaf) - 1)
                leaf.swap(i, i + 1)


@damage("nbt", "bbt")
def interior_out_of_order(image, rng, which):
    for page in interior(image, which):
        page.swap(0, len(page) - 1)


@damage("nbt-low", "nbt-high", "bbt-low", "bbt-high")
def parent_key_wrong(image, rng, which):
    name, way = which.split("-")
    for page in interior(image, name):
        for i in range(len(page)):
            page.set(i, key=max(0, page.get(i)["key"] + (-1 if way == "low" else 1)))


@damage(0, 1, 0xFFFFFFFF)
def parent_key_wrong_headless(image, rng, key):
    """Nothing but the parent's links leads to the leaves."""
    page = rng.choice(interior(image, "nbt"))
    page.set(rng.randrange(len(page)), key=key)
    image.header.zero()


@damage("header", "headless")
def leaf_flipped_and_parents_zeroed(image, rng, which):
    leaf_at(image, 1).flip(rng.randrange(image.format.meta), rng.randrange(8))
    for page in interior(image, "nbt"):
        page.zero()
    if which == "headless":
        image.header.zero()


@damage()
def refcounts_wrong(image, rng):
    for leaf in image.bbt.leaves:
        for i in range(0, len(leaf), 3):
            leaf.set(i, cref=rng.choice((0, 1, 7, 0xFFFF)))


@damage()
def marks_low(image, rng):
    image.header.set(bidNextB=4, bidNextP=1, rgnid=[0x400] * 32)


@damage()
def maps_zeroed(image, rng):
    for page in maps(image):
        page.zero()
    image.dlist.zero()


def maps(image):
    return ([image.amap(k) for k in range(image.sections)]
            + [image.pmap(k) for k in range(-(-image.sections // 8)) if image.format.page_maps])


@damage("sealed", "unsealed")
def map_bits_flipped(image, rng, how):
    f = image.format
    for page in maps(image):
        for _ in range(20):
            page.flip(f.map_at + rng.randrange(f.map_bytes), rng.randrange(8))
        page.flip(f.map_at)                 # the first bit is the map's own
        if how == "sealed":
            page.seal()


@damage(2, 10, 30, 60)
def bbt_gaps(image, rng, percent):
    """A block index that lacks entries says nothing of nodes that no map speaks for, and no page above their leaves.
    Those of lists that nothing refers to stay: an OST has some, and what they list would be a loss."""
    needed = set().union(*(blocks_below(image.store, node.data, node.sub) for node in image.store.nodes.values()))
    maps_zeroed(image, rng)
    image.nbt.root.zero()
    for leaf in image.bbt.leaves:
        leaf.set_entries([raw for i, raw in enumerate(leaf.entries)
                          if leaf.get(i)["key"] & ~1 not in needed or rng.randrange(100) >= percent])


@damage(10, 30)
def bbt_gaps_headless(image, rng, percent):
    bbt_gaps(image, rng, percent)
    image.header.zero()


@damage()
def dlist_garbage(image, rng):
    image.dlist.write_raw(0, rng.randbytes(image.format.page))


@damage()
def tail_cut_by_100(image, rng):
    image.truncate(image.store.size - 100)


@damage()
def tail_longer_by_1000(image, rng):
    image.append(bytes(1000))


@damage()
def garbage_appended(image, rng):
    image.append(rng.randbytes(1 << 18))


@damage()
def all_that_can_be_derived(image, rng):
    for cause in (header_zeroed, maps_zeroed):
        cause(image, rng)
    interior_zeroed(image, rng, "both")
    bbt_zeroed(image, rng, "pages")


@damage(90, 50)
def cut_at_percent(image, rng, percent):
    image.truncate(image.store.size * percent // 100)


@damage(95, 75, 40)
def cut_at_percent_of_data(image, rng, percent):
    f, s = image.format, image.store
    end = max(b.ib + f.disk_size(b.cb) for b in s.blocks.values())
    image.truncate(end * percent // 100)


@anywhere(1, 2, 3)
def sectors_zeroed(image, rng, seed):
    for _ in range(6):
        at = rng.randrange(image.store.size // 512) * 512
        image.zero(at, at + 512 * rng.randrange(1, 9))


@anywhere(1, 2, 3)
def bits_flipped(image, rng, seed):
    for _ in range(12):
        image.flip(rng.randrange(image.store.size), rng.randrange(8))


@anywhere()
def sectors_exchanged(image, rng):
    for _ in range(4):
        a, b = (rng.randrange(image.store.size // 4096) * 4096 for _ in range(2))
        one, other = image.data[a:a + 4096], image.data[b:b + 4096]
        image.write(a, other)
        image.write(b, one)
