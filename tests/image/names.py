"""Node 0x61: the names behind property ids from 0x8000 up (5.9 of the format description)."""

import struct
import uuid

from . import format as F
from . import ltp

COMMON = uuid.UUID("00062008-0000-0000-c000-000000000046")
HEADERS = uuid.UUID("00020386-0000-0000-c000-000000000046")
BUCKETS = 251

NAMES = [(COMMON, 0x8501), (HEADERS, "x-test-name"), (COMMON, 0x8580), (HEADERS, "content-class")]


def name_map(f, new_nid, names=NAMES):
    """(blocks, subnodes) of the map of [(GUID, number or name)]; the first becomes property 0x8000."""
    guids, entries, strings, buckets = [], b"", b"", {}
    for index, (guid, name) in enumerate(names):
        if guid not in guids:
            guids.append(guid)
        word = (guids.index(guid) + 3) << 1 | isinstance(name, str)
        first = hashed = name
        if isinstance(name, str):
            raw = name.encode("utf-16-le")
            first, hashed = len(strings), F.weak_crc(raw)
            strings += struct.pack("<I", len(raw)) + raw.ljust(F.ceil_to(len(raw), 4), b"\0")
        entries += struct.pack("<IHH", first, word, index)
        prop = 0x1000 + (hashed ^ word) % BUCKETS
        buckets[prop] = buckets.get(prop, b"") + struct.pack("<IHH", hashed, word, index)
    values = {0x0001_0003: BUCKETS, 0x0002_0102: b"".join(g.bytes_le for g in guids), 0x0003_0102: entries,
              0x0004_0102: strings}
    values.update({prop << 16 | 0x102: data for prop, data in buckets.items()})
    return ltp.property_context(f, values, new_nid)
