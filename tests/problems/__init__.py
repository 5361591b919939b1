"""One file per problem of include/pstfix/problems.def, or more; test_problems.py runs them all and holds the laws.

    docstring     the story
    EXPECT        root findings that check must report, all of them; {format: list} where the formats differ
    FOLLOWS       what is reported as a consequence of these, all of it
    build(fmt)    the bytes of the damaged store
    place(image)  fields of a finding of the problem that the file is named after; given the sound image
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


@lru_cache(maxsize=16)
def _store(fmt, options):
    return builder.store(fmt, **dict(options))


def store(fmt, **options):
    """An image of one's own of a small sound store."""
    return _store(fmt, tuple(sorted({**SMALL, **options}.items()))).copy()


def message(image, i=0):
    """The NID of the i-th message: 0 and 3 have an attachment, that of 0 is a data tree of three blocks."""
    return image.expected[i].nid


def lists(image, kind):
    """The blocks that list others in the order of their ids: kind 1 XBLOCKs, kind 2 SLBLOCKs."""
    found = [bid for bid in sorted(image.store.blocks) if bid & 2 and image.store.children(bid)[0] == kind]
    return [image.block(bid) for bid in found]


def free_place(image):
    """The offset of the first page behind all that is in use in the first section."""
    format_, used = image.format, [page.ib for page in image.store.pages]
    used += [block.ib + format_.disk_size(block.cb) for block in image.store.blocks.values()]
    return -(-max(at for at in used if at < format_.amap(1)) // format_.page) * format_.page + format_.page
