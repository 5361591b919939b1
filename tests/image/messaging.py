"""items(store): folders, messages, recipients and attachments, as far as it takes to see that a result is right.

See section 5 of the format description.
"""

import hashlib
import struct
from collections import namedtuple

from .disk import NESTING, Unreadable
from .tables import Heap, Table, property_context, u32

Items = namedtuple("Items", "folders messages faults")
# Search folders too.  hierarchy, contents, associated: row ids of the tables, None when there is none to read
Folder = namedtuple("Folder", "nid path parent properties hierarchy contents associated")
# properties: {tag: SHA-256 of the value}; recipients: list of such; folder: nid
Message = namedtuple("Message", "nid folder path subject cls properties recipients attachments")
Attachment = namedtuple("Attachment", "nid name method size sha256 properties message")


def items(store):
    return _Reader(store).read()


class _Reader:
    def __init__(self, store):
        self.store, self.faults = store, []

    def read(self):
        s = self.store
        names = {}
        for nid, node in s.nodes.items():
            if nid & 31 in (2, 3):
                names[nid] = self.name(node)
        folders = [self.folder(s.nodes[nid], self.path(nid, names)) for nid in names]
        messages = [self.message(nid, node.data, node.sub, node.parent, self.path(node.parent, names))
                    for nid, node in s.nodes.items() if nid & 31 == 4]
        return Items(folders, [m for m in messages if m], self.faults)

    def attempt(self, what, call, *args):
        try:
            return call(*args)
        except (Unreadable, struct.error, IndexError) as why:
            self.faults.append(f"{what}: {why}")
            return None

    def name(self, node):
        pc = self.attempt(f"folder 0x{node.nid:x}", property_context, self.store, node.data, node.sub)
        return self.text(pc[0], 0x3001) if pc else f"?{node.nid:x}"

    def path(self, nid, names):
        out, seen = [], set()
        while nid not in seen and nid in names:
            seen.add(nid)
            parent = self.store.nodes[nid].parent
            if parent == nid:
                break
            out.append(names[nid])
            nid = parent
        return "/".join(reversed(out))

    def text(self, pc, prop):
        """A string property without the two characters that mark a subject's prefix."""
        for kind, encoding in ((0x1F, "utf-16-le"), (0x1E, "cp1252")):
            if pc.get(prop << 16 | kind) is not None:
                text = pc[prop << 16 | kind].decode(encoding, "replace")
                return text[2:] if prop == 0x37 and text[:1] == "\1" else text
        return ""

    def rows(self, nid):
        node = self.store.nodes.get(nid)
        if node is None or self.client(node) == 0xAC:      # a search folder's other kind of table
            return None
        table = self.attempt(f"table 0x{nid:x}", Table, self.store, node.data, node.sub)
        return sorted(table.rows) if table else None

    def client(self, node):
        try:
            return Heap(self.store, node.data, node.sub).client
        except Unreadable:
            return None

    def folder(self, node, path):
        pc = self.attempt(f"folder 0x{node.nid:x}", property_context, self.store, node.data, node.sub)
        kinds = (0x0D, 0x0E, 0x0F) if node.nid & 31 == 2 else (0x0D, 0x10, 0x0F)
        tables = [self.rows(node.nid & ~31 | kind) for kind in kinds]
        return Folder(node.nid, path, node.parent, _hashes(pc[0]) if pc else {}, *tables)

    def message(self, nid, data, sub, folder=None, path="", depth=0):
        who = f"message 0x{nid:x}"
        if depth > NESTING:
            self.faults.append(f"{who}: messages in messages without end")
            return None
        pc = self.attempt(who, property_context, self.store, data, sub)
        if not pc:
            return None
        properties, heap = pc
        recipients, attachments = [], []
        if 0x692 in heap.subnodes:
            table = self.attempt(f"{who}, recipients", Table, self.store, *heap.subnodes[0x692])
            recipients = [_hashes(row) for row in table.rows.values()] if table else []
        if 0x671 in heap.subnodes:
            table = self.attempt(f"{who}, attachments", Table, self.store, *heap.subnodes[0x671])
            for row in table.rows if table else ():
                attachments.append(self.attachment(f"{who}, attachment 0x{row:x}", heap, row, depth))
        return Message(nid, folder, path, self.text(properties, 0x37), self.text(properties, 0x1A),
                       _hashes(properties), recipients, [a for a in attachments if a])

    def attachment(self, who, heap, nid, depth):
        if nid not in heap.subnodes:
            self.faults.append(f"{who}: no such subnode")
            return None
        pc = self.attempt(who, property_context, self.store, *heap.subnodes[nid])
        if not pc:
            return None
        properties, own = pc
        method = int.from_bytes(properties.get(0x37050003) or b"", "little")
        inner = None
        if method == 5 and properties.get(0x3701000D):
            embedded = u32(properties[0x3701000D], 0)
            if embedded in own.subnodes:
                inner = self.message(embedded, *own.subnodes[embedded], depth=depth + 1)
            else:
                self.faults.append(f"{who}: no embedded message 0x{embedded:x}")
        data = properties.get(0x37010102)
        return Attachment(nid, self.text(properties, 0x3707) or self.text(properties, 0x3704), method,
                          None if data is None else len(data), _sha(data) if 0x37010102 in properties else None,
                          _hashes(properties), inner)


def _hashes(values):
    return {tag: _sha(value) for tag, value in values.items()}


def _sha(data):
    """SHA-256, or '!' for what cannot be read."""
    return "!" if data is None else hashlib.sha256(data).hexdigest()
