"""What is in a file, and is it sound?  The face of the reading side.

    store = Store(path or bytes)        header, nodes, blocks, streams           (disk)
    judge(store)                        complaints about the lower layer         (strict)
    judge_layers(store)                 complaints about heaps, tables, folders  (layers, contexts, hierarchy)
    content(store)                      a digest of every stream, by node
    items(store)                        folders, messages, recipients, attachments  (messaging)

`python3 -m image.reader FILE...` prints a summary and the complaints.
"""

import hashlib
import sys
from collections import Counter, namedtuple

from .disk import NESTING, Block, Node, Store, Unreadable  # noqa: F401
from .layers import judge_layers
from .messaging import items
from .strict import judge
from .tables import Heap, Table, property_context  # noqa: F401

# data: SHA-256 of the stream, '' without data, '!reason' when it cannot be read.
# sub: tuple of (nid, Digest), or '!reason' when the list of subnodes cannot be read.
Digest = namedtuple("Digest", "data size sub")


def content(store):
    """{nid: Digest} of every top-level node.  Equal before and after means: not a byte of content has changed."""
    streams = {}
    return {nid: _digest(store, node.data, node.sub, streams, ()) for nid, node in store.nodes.items()}


def _digest(store, data, sub, streams, above):
    if data not in streams:
        streams[data] = _hash(store, data)
    if sub in above or len(above) > NESTING:
        return Digest(*streams[data], "!subnodes without end")
    try:
        below = tuple((nid, _digest(store, d, s, streams, above + (sub,)))
                      for nid, (d, s) in sorted(store.subnodes(sub).items()))
    except Unreadable as why:
        below = f"!{why}"
    return Digest(*streams[data], below)


def _hash(store, bid):
    if not bid:
        return "", 0
    hash_, size = hashlib.sha256(), 0
    try:
        for part in store.parts(bid):
            hash_.update(part)
            size += len(part)
    except Unreadable as why:
        return f"!{why}", 0
    return hash_.hexdigest(), size


def whole(digest):
    """Can everything below be read?"""
    return not digest.data.startswith("!") and not isinstance(digest.sub, str) and all(whole(d) for _, d in digest.sub)


def whole_nodes(digests):
    return {nid for nid, digest in digests.items() if whole(digest)}


def main(paths):
    for path in paths:
        store = Store(path)
        print(f"{path}: {store.format.name}, wVer {store.header['wVer']}, {store.size} bytes, "
              f"{len(store.nodes)} nodes, {len(store.blocks)} blocks, {len(store.pages)} pages")
        digests = content(store)
        print(f"  {len(whole_nodes(digests))} nodes whole")
        seen = items(store)
        print(f"  {len(seen.folders)} folders, {len(seen.messages)} messages, "
              f"{sum(len(m.attachments) for m in seen.messages)} attachments")
        complaints = judge(store) + [complaint[:3] for complaint in judge_layers(store)]
        complaints += [("error", "items", text) for text in seen.faults]
        for (severity, code), times in Counter((s, c) for s, c, _ in complaints).items():
            print(f"  {severity} {code}: {times}")
            for text in [t for s, c, t in complaints if (s, c) == (severity, code)][:5]:
                print(f"    {text}")


if __name__ == "__main__":
    main(sys.argv[1:])
