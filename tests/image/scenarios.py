"""Damage by name: what is wiped, or changed, in the image of a sound file.

    for name, scenario in SCENARIOS.items():
        image = sound.copy()
        scenario(image, random.Random(f"{name} {seed}"))

A scenario that a file has nothing for raises Inapplicable.  Nothing here removes a message on purpose; what becomes of
them is for the tests to find out.
"""

from .damage import Inapplicable, into
from .digest import ATTACHMENT, ATTACHMENTS, FLAGS, HIDDEN, MESSAGE, RECIPIENTS, RECOMPUTED_FLAGS
from .disk import blocks_below
from .edits import Editor
from .hierarchy import ASSOCIATED, CONTENTS, CRITERIA, FOLDER, NAMES, QUEUE, RESULTS, ROOT, SEARCH, STORE, SUBFOLDERS
from .tables import Table, Unreadable, property_context, u32

TABLES = (SUBFOLDERS, CONTENTS, ASSOCIATED)
SIZE = 0x0E08
NOWHERE = 0x7FFE2       # a folder that no file has
SUBTREE, OST_SUBTREE = 0x35E00102, 0x2142

SCENARIOS = {}
scenario = into(SCENARIOS)


# what there is -------------------------------------------------------------------------------------------


def rows(store, nid):
    """{row id: cells} of a table; nothing when it is not there, or of another kind."""
    try:
        return Table(store, *of(store, nid)).rows if nid in store.nodes else {}
    except Unreadable:
        return {}


def subtree(store):
    """The folder that the user sees at the top."""
    try:
        entry = property_context(store, *of(store, STORE))[0].get(SUBTREE)
    except (KeyError, Unreadable):
        entry = None
    return u32(entry, 20) if entry and len(entry) == 24 else OST_SUBTREE


def of(store, nid):
    """Ids of data and subnodes."""
    return store.nodes[nid][1:3]


def above(store, folder):
    """The table of subfolders that a folder is in."""
    return store.nodes[folder].parent & ~31 | SUBFOLDERS


def folders(store):
    """Those with messages in them."""
    parents = {node.parent for nid, node in store.nodes.items() if nid & 31 == MESSAGE}
    return [nid for nid in sorted(parents) if nid & 31 == FOLDER and nid in store.nodes]


def messages_of(store, folder):
    return [nid for nid, node in sorted(store.nodes.items()) if nid & 31 == MESSAGE and node.parent == folder]


def tables(store, kind):
    """Tables of folders with rows in them, that share no block; but for those of the root."""
    return [nid for nid in sorted(store.nodes) if nid & 31 == kind and nid >> 5 != ROOT >> 5 and rows(store, nid)
            and unshared(store, *of(store, nid))]


def unshared(store, *bids):
    return all(store.block(bid).cref == 2 for bid in blocks_below(store, *bids))


def pick(rng, of, count=1):
    if not of:
        raise Inapplicable("the file has none of what it is about")
    return sorted(rng.sample(of, min(count, len(of))))


# nodes that are gone ---------------------------------------------------------------------------------------

TEMPLATES = (0x60D, 0x60E, 0x60F, 0x610, 0x614, 0x619, 0x671, 0x692, 0x6B6, 0x6D7, 0x6F8)
SEARCHES = (0x1E1, 0x201, 0x261, 0x281, 0x2A1, 0x321, 0xEC1, 0xEE1, 0xF01, 0xF21)
MAPS = (0x801, 0x821, 0x841, 0xC01, 0xE01, 0xE41)

GONE = {
    "store": lambda s, rng: [STORE],
    "names": lambda s, rng: [NAMES],
    "root": lambda s, rng: [ROOT],
    "subtree": lambda s, rng: [subtree(s)],
    "folder": lambda s, rng: pick(rng, folders(s)),
    "folders": lambda s, rng: pick(rng, folders(s), 3),
    "folders_all": lambda s, rng: [nid for nid in s.nodes if nid & 31 == FOLDER],
    "contents": lambda s, rng: pick(rng, tables(s, CONTENTS)),
    "associated": lambda s, rng: pick(rng, tables(s, ASSOCIATED)),
    "hierarchy": lambda s, rng: pick(rng, tables(s, SUBFOLDERS)),
    "hierarchy_root": lambda s, rng: [ROOT & ~31 | SUBFOLDERS],
    "tables_all": lambda s, rng: [nid for nid in s.nodes if nid & 31 in TABLES and nid not in TEMPLATES],
    "templates": lambda s, rng: [nid for nid in TEMPLATES if nid in s.nodes],
    "receive_folders": lambda s, rng: [0x62B],
    "searches": lambda s, rng: [nid for nid in s.nodes
                                if nid in SEARCHES or nid & 31 in (SEARCH, QUEUE, CRITERIA, RESULTS)
                                and nid not in TEMPLATES],
    "maps": lambda s, rng: [nid for nid in s.nodes if nid in MAPS or nid & 31 in (0x14, 0x15)],
    "together": lambda s, rng: sorted({nid for one in TOGETHER for nid in applied(GONE[one], s, rng)}),
    "but_messages": lambda s, rng: [nid for nid in s.nodes if nid & 31 not in (MESSAGE, HIDDEN)],
}
TOGETHER = ("store", "names", "root", "folder", "contents", "associated", "hierarchy", "hierarchy_root", "templates",
            "searches")


def applied(choose, *args):
    try:
        return choose(*args)
    except Inapplicable:
        return []


@scenario(*GONE)
def wiped(image, rng, which):
    """The index names the nodes, and zeros are where their blocks were."""
    wipe(image, GONE[which](image.store, rng))


def wipe(image, nids):
    s = image.store
    bids = {bid for nid in nids for bid in blocks_below(s, *of(s, nid))}
    if not bids:
        raise Inapplicable("the file has none of these nodes")
    for bid in bids:
        image.block(bid).zero()


@scenario(*GONE)
def unlisted(image, rng, which):
    """Blocks are as they were, and the index does not name the nodes any more."""
    unlist(image, GONE[which](image.store, rng))


def unlist(image, nids):
    if not nids:
        raise Inapplicable("the file has none of these nodes")
    for nid in nids:
        image.nbt.remove(nid)
    pages = {page.ib: page for page in image.nbt.pages}
    for page in sorted(image.nbt.interior, key=lambda page: page.level):
        page.set_entries([link(page, i, pages) for i in range(len(page)) if len(pages[page.get(i)["ib"]])])


def link(page, i, pages):
    """An entry of a page, with the key that its child begins with."""
    key = pages[page.get(i)["ib"]].get(0)["key"]
    return key.to_bytes(page.fields["key"][1], "little") + page.entries[i][page.fields["key"][1]:]


# of messages -----------------------------------------------------------------------------------------------


@scenario("recipients", "attachments")
def message_tables_wiped(image, rng, which):
    """The recipients of some messages, or the lists of their attachments, are gone."""
    s, table = image.store, {"recipients": RECIPIENTS, "attachments": ATTACHMENTS}[which]
    found = [s.subnodes(node.sub)[table] for nid, node in sorted(s.nodes.items())
             if nid & 31 == MESSAGE and table in s.subnodes(node.sub)]
    for pair in pick(rng, [pair for pair in found if unshared(s, *pair)], 3):
        for bid in blocks_below(s, *pair):
            image.block(bid).zero()


@scenario()
def attachment_rows_removed(image, rng):
    """Attachments are there, and the table of their message does not name them."""
    s = image.store
    found = [nid for nid, node in sorted(s.nodes.items()) if nid & 31 == MESSAGE and ATTACHMENTS in s.subnodes(node.sub)
             and unshared(s, *s.subnodes(node.sub)[ATTACHMENTS])]
    for nid in pick(rng, found, 3):
        path = nid, ATTACHMENTS
        remove_rows(image, path, pick(rng, sorted(Editor(image).table(*path).numbers())))


@scenario()
def message_numbers_wrong(image, rng):
    """Size, and the flag that there are attachments."""
    s, edit = image.store, Editor(image)
    for nid in pick(rng, [nid for nid in sorted(s.nodes) if nid & 31 == MESSAGE and unshared(s, s.nodes[nid].data)], 3):
        own = edit.pc(nid)
        for prop, value in (SIZE, lambda size: 3 * size + 1000), (FLAGS, lambda flags: flags ^ RECOMPUTED_FLAGS):
            if own.has(prop):
                own.change(prop, raw=value(own.get(prop)[2]))


@scenario(1, 2)
def heaps_torn(image, rng, sectors):
    """Of the properties of every message, and of each second attachment, some sectors are lost."""
    s = image.store
    for nid, node in sorted(s.nodes.items()):
        if nid & 31 not in (MESSAGE, HIDDEN):
            continue
        tops = [node.data] + [data for data in parts_below(s, node.sub) if rng.random() < 0.5]
        for block in (image.block(bid) for top in tops for bid in s.leaves(top)):
            places = range(block.ib // 512 * 512, block.ib + block.size, 512)
            for at in rng.sample(places, min(sectors, len(places) - 1)):
                image.zero(max(at, block.ib), min(at + 512, block.ib + block.size))


def parts_below(store, sub):
    """Data of attachments, and of messages in them."""
    for nid, (data, below) in sorted(store.subnodes(sub).items()) if sub else ():
        if nid & 31 in (MESSAGE, ATTACHMENT):
            yield data
            yield from parts_below(store, below)


# what folders say of messages, and of each other -----------------------------------------------------------


@scenario("one", "half", "all")
def rows_removed(image, rng, how_many):
    """Rows of a contents table are gone, as if the messages had been removed."""
    table, = pick(rng, tables(image.store, CONTENTS))
    every = sorted(rows(image.store, table))
    remove_rows(image, (table,), pick(rng, every, {"one": 1, "half": (len(every) + 1) // 2, "all": len(every)}[how_many]))


def remove_rows(image, path, gone):
    table = Editor(image).table(*path)
    if len(gone) == len(table.numbers()):
        table.put_numbers({})
        table.set_info(matrix=0)
    else:
        for row in gone:
            table.remove_row(row)


@scenario()
def hierarchy_row_removed(image, rng):
    """A folder with messages is not in the table of the folder it is in."""
    s = image.store
    folder, = pick(rng, [nid for nid in folders(s) if nid in rows(s, above(s, nid)) and unshared(s, *of(s, above(s, nid)))])
    remove_rows(image, (above(s, folder),), [folder])


@scenario()
def parent_wrong(image, rng):
    """Messages are in a folder that there is not, and a contents table knows better."""
    folder, = pick(rng, folders(image.store))
    for nid in pick(rng, messages_of(image.store, folder), 3):
        image.nbt.set(nid, parent=NOWHERE)


@scenario()
def parent_other(image, rng):
    """Messages are in another folder than they say, and its contents table knows that."""
    folder, other = pick(rng, [nid for nid in folders(image.store) if len(folders(image.store)) > 1], 2)
    for nid in pick(rng, messages_of(image.store, folder), 3):
        image.nbt.set(nid, parent=other)


@scenario()
def parent_unknown(image, rng):
    """Messages are in a folder that there is not, and no table knows better."""
    table, = pick(rng, tables(image.store, CONTENTS))
    gone = pick(rng, sorted(rows(image.store, table)), 2)
    remove_rows(image, (table,), gone)
    for nid in gone:
        image.nbt.set(nid, parent=NOWHERE)


@scenario()
def folder_parent_wrong(image, rng):
    """A folder with messages is in one that there is not, and a table of subfolders knows better."""
    folder, = pick(rng, [nid for nid in folders(image.store) if nid in rows(image.store, above(image.store, nid))])
    image.nbt.set(folder, parent=NOWHERE)


@scenario()
def folder_loop(image, rng):
    """A folder is in the folder that is in it."""
    nodes = image.store.nodes
    nid, = pick(rng, [nid for nid in sorted(nodes) if nid & 31 == FOLDER and nodes[nid].parent not in (nid, ROOT)])
    image.nbt.set(nodes[nid].parent, parent=nid)


COUNTS = (0x3602, 0x3603, 0x360A)


@scenario("pc", "row", "both")
def counts_wrong(image, rng, where):
    """Numbers of folders are wrong, in what they say themselves, in the table above them, or in both alike."""
    s, edit = image.store, Editor(image)
    for nid in pick(rng, [nid for nid in folders(s) if nid in rows(s, above(s, nid)) and unshared(s, *of(s, nid))
                          and unshared(s, *of(s, above(s, nid)))], 3):
        own, table = edit.pc(nid), edit.table(above(s, nid))
        for prop in filter(own.has, COUNTS):
            value = 1 - own.get(prop)[2] if prop == COUNTS[-1] else rng.randrange(50, 1000)
            if where != "row":
                own.change(prop, raw=value)
            if where != "pc":
                table.set_number(nid, prop, value)


# lists that lead back, entries that lead elsewhere -----------------------------------------------------------


@scenario("data", "subnodes")
def cycle(image, rng, which):
    """A list of the blocks of a message, or of its subnodes, names itself."""
    s, f, edit = image.store, image.format, Editor(image)
    lists = {bid for nid in sorted(s.nodes) if nid & 31 == MESSAGE for bid in blocks_below(s, *of(s, nid)) if bid & 2}
    bid, = pick(rng, sorted(bid for bid in lists if s.children(bid)[0] == {"data": 1, "subnodes": 2}[which]))
    at = 8 if which == "data" else f.sl_head + (2 if s.children(bid)[1] == 0 else 1) * f.word
    data = s.block_data(bid)
    edit.put(s.block(bid), data[:at] + bid.to_bytes(f.word, "little") + data[at + f.word:])


@scenario()
def cross_linked(image, rng):
    """Two messages have the blocks of one."""
    messages = [nid for nid in sorted(image.store.nodes) if nid & 31 == MESSAGE]
    if len(messages) < 2:
        raise Inapplicable("there are no two messages")
    one, other = rng.sample(messages, 2)
    data, sub = of(image.store, other)
    image.nbt.set(one, data=data, sub=sub)


# indexes and header ------------------------------------------------------------------------------------------

LEAVES = {"one": lambda n: 1, "three": lambda n: min(n, 3), "half": lambda n: (n + 1) // 2, "all": lambda n: n}


@scenario(*LEAVES)
def leaves_lost(image, rng, how_many):
    """Of the node index."""
    for leaf in rng.sample(image.nbt.leaves, LEAVES[how_many](len(image.nbt.leaves))):
        leaf.zero()


@scenario("both", "all")
def indexes_lost(image, rng, which):
    """Every page of both indexes; or whatever says where things are, header and maps too."""
    for page in image.nbt.pages + image.bbt.pages:
        page.zero()
    if which == "all":
        image.header.zero()
        image.dlist.zero()
        for k in range(image.sections):
            image.amap(k).zero()
            if image.format.page_maps and k % 8 == 0:
                image.pmap(k // 8).zero()


@scenario()
def block_entries_lost(image, rng):
    """The block index is older than the node index: it lacks some blocks that are there."""
    for bid in pick(rng, sorted(image.store.blocks), max(3, len(image.store.blocks) // 20)):
        image.bbt.remove(bid)


@scenario()
def encryption_wrong(image, rng):
    image.header.bCryptMethod = 1 - image.store.crypt


@scenario()
def version_wrong(image, rng):
    """The header says that the file has another format."""
    image.header.wVer = 23 if image.header.wVer != 23 else 14


# anywhere --------------------------------------------------------------------------------------------------


@scenario("front", "middle")
def bytes_inserted(image, rng, where):
    image.insert(0 if where == "front" else image.store.size * 2 // 5, rng.randbytes(1000))


@scenario()
def bytes_removed(image, rng):
    at = image.store.size * 2 // 5
    image.cut(at, at + 1000)


@scenario(1, 5, 10)
def sectors_percent(image, rng, percent):
    count = image.store.size // 512
    for at in rng.sample(range(count), count * percent // 100):
        image.zero(512 * at, 512 * at + 512)


@scenario(90, 50)
def cut_percent(image, rng, percent):
    image.truncate(image.store.size * percent // 100)


@scenario()
def every_fourth_encrypted(image, rng):
    """Of every four pieces of 64 KiB the last one is noise."""
    for at in range(3 << 16, image.store.size, 4 << 16):
        image.write(at, rng.randbytes(min(1 << 16, image.store.size - at)))
