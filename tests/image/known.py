"""Properties whose type is known ([MS-OXPROPS]), and which type a record that has another one must have had.

Only the type is taken for wrong: the other four bytes of the record, a small value or the id of what holds a larger one,
have to be right for the type that it should have.
"""

INT, FLAG, OBJECT, TEXT, TIME, BYTES = 0x0003, 0x000B, 0x000D, 0x001F, 0x0040, 0x0102
SMALL = {0x0002: 2, INT: 4, 0x0004: 4, 0x000A: 4, FLAG: 1}
LONG, TEXT_8 = 0x0014, 0x001E

# type -> properties: of messages, of the store and of folders, of attachments, of recipients
TYPES = {
    INT: (0x0017, 0x0026, 0x0036, 0x0E07, 0x0E08, 0x3FDE, 0x3FFD,
          0x35DF, 0x3602, 0x3603, 0x3617, 0x6635, 0x6636,
          0x0E20, 0x3705, 0x370B, 0x3714, 0x0C15),
    FLAG: (0x0E1B, 0x360A, 0x7FFE),
    TEXT: (0x001A, 0x0037, 0x003D, 0x0042, 0x0065, 0x0070, 0x007D, 0x0C1A, 0x0C1F, 0x0E02, 0x0E03, 0x0E04, 0x0E1D, 0x1000,
           0x1035, 0x3001, 0x3613, 0x3703, 0x3704, 0x3707, 0x370E, 0x3712, 0x3002, 0x3003, 0x39FF),
    TIME: (0x0039, 0x0E06, 0x3007, 0x3008),
    BYTES: (0x0071, 0x1009, 0x1013, 0x300B, 0x0FF9, 0x3416, *range(0x35E0, 0x35E8), 0x3701, 0x0FFF),
}
KNOWN = {prop: kind for kind, props in TYPES.items() for prop in props}
DATA, METHOD, OBJECT_METHODS = 0x3701, 0x3705, (5, 6)
ALSO = {0x0E08: LONG, 0x1013: TEXT, DATA: OBJECT}


def is_known(tag):
    """May the property be of this type, as far as only the type tells?"""
    prop, kind = tag >> 16, TEXT if tag & 0xFFFF == TEXT_8 else tag & 0xFFFF
    return kind in (KNOWN.get(prop, kind), ALSO.get(prop))


def right_type(f, heap, prop, kind, hnid, records):
    """The type that the property must have, which may be `kind`; None when its value cannot be of that."""
    if prop == DATA:
        right = _of_data(heap, kind, hnid, records)
    else:
        right = kind if is_known(prop << 16 | kind) else _usual(f, prop)
    if right == kind:
        return kind
    value = heap.value(hnid) if hnid else b""
    if right in SMALL:
        free = kind in SMALL or value is None       # else it is elsewhere, and something else
        return right if free and (right != FLAG or hnid <= 1) else None
    sizes = {TIME: (8,), OBJECT: (8,)}.get(right)
    if value is None or (len(value) not in sizes if sizes else right == TEXT and len(value) % 2):
        return None
    return right


def _usual(f, prop):
    return f.string if KNOWN[prop] == TEXT else KNOWN[prop]


def _of_data(heap, kind, hnid, records):
    """An object is eight bytes, the first four of which are the id of a subnode."""
    value = heap.value(hnid) if hnid else b""
    names = value is not None and len(value) == 8 and not hnid & 31 and int.from_bytes(value[:4], "little") in heap.subnodes
    if kind == OBJECT:
        return OBJECT if value is not None and len(value) == 8 else BYTES
    if kind == BYTES:
        return OBJECT if names and records.get(METHOD, (0, 0))[1] in OBJECT_METHODS else BYTES
    return OBJECT if names else BYTES


def column_type(f, tag, width):
    """The type that a column must have; its own where cells of the right one are of another width."""
    kind = tag & 0xFFFF
    right = kind if is_known(tag) else _usual(f, tag >> 16)
    return right if width == {INT: 4, FLAG: 1, TIME: 8}.get(right, 4) else kind
