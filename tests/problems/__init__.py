"""One file per problem of include/pstfix/problems.def, or more; test_problems.py runs them all and holds the laws.

    docstring     the story
    EXPECT        root findings that check must report, all of them; {format: list} where the formats differ
    COUNTS        {name: how many of them, None: any}, where that is not one for each time that it is in EXPECT;
                  {format: {name: ...}} where the formats differ
    FOLLOWS       what is reported as a consequence of these, all of it
    build(fmt)    the bytes of the damaged store
    place(image)  fields of all root findings of the problem that the file is named after, or a list, one for each; given
                  the sound image
    PROBLEM       which that is, where the name is longer
    STORE         what the store is made with, beyond SMALL
    FORMATS       formats that can have the problem; the docstring says why
    LARGE         build(fmt, path) writes the file, with holes
    REMAINS       codes under which the independent reader still complains about the repaired file: losses
"""

from functools import lru_cache

from image import builder

# In every format trees of three levels, an XBLOCK, several SLBLOCKs, messages in messages.
SMALL = dict(folders=2, messages=5, leaf_fill=5)

# What is in it.  The first folder has messages 0, 2 and 4, the second, inside it, 1 and 3.  Those of even numbers have
# recipients.  Messages 0 and 3 have an attachment, that of 0 is a data tree; the attachment of 4 is a message, with
# an attachment of its own.
ROOT, SPAM, TOP, SEARCH, DELETED, FOLDER, INNER = 0x122, 0x2223, 0x8022, 0x8042, 0x8062, 0x80A2, 0x80C2
MESSAGES = tuple(0x200024 + 32 * i for i in range(5))
ATTACHMENT, SECOND_ATTACHMENT, EMBEDDING, EMBEDDED, EMBEDDED_ATTACHMENT = 0x8025, 0x8045, 0x8065, 0x2000C4, 0x8085
RECIPIENTS, ATTACHMENTS = 0x692, 0x671
HIDDEN = 0x100028           # the first hidden message, where there are some
IN_EMBEDDED = MESSAGES[4], EMBEDDING, EMBEDDED      # the path to that message
NO_ITEM = 0x7E0             # no heap of these stores has an item of this id


@lru_cache(maxsize=16)
def _store(fmt, options):
    return builder.store(fmt, **dict(options))


def store(fmt, change=None, **options):
    """An image of one's own of a small store: sound, or changed before it was written (image/draft.py)."""
    if change:
        return builder.store(fmt, change=change, **{**SMALL, **options})
    return _store(fmt, tuple(sorted({**SMALL, **options}.items()))).copy()


def message(image, i=0):
    """The NID of the i-th message: 0 and 3 have an attachment, that of 0 is a data tree of three blocks."""
    return image.expected[i].nid


def at(nid, *below):
    """What a finding says of its place in a subnode."""
    return {"nid": nid, "sub": below[-1], "place": "/".join(f"0x{each:X}" for each in (nid, *below))}


def table(folder, kind):
    """The NID of a folder's table: kind 0x0D of its folders, 0x0E of its messages, 0x0F of its hidden messages."""
    return folder & ~31 | kind


def lists(image, kind):
    """The blocks that list others in the order of their ids: kind 1 XBLOCKs, kind 2 SLBLOCKs."""
    found = [bid for bid in sorted(image.store.blocks) if bid & 2 and image.store.children(bid)[0] == kind]
    return [image.block(bid) for bid in found]


def free_place(image):
    """The offset of the first page behind all that is in use in the first section."""
    format_, used = image.format, [page.ib for page in image.store.pages]
    used += [block.ib + format_.disk_size(block.cb) for block in image.store.blocks.values()]
    return -(-max(at for at in used if at < format_.amap(1)) // format_.page) * format_.page + format_.page
