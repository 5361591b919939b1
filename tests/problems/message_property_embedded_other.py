"""A message in an attachment, whose subnode has the type of a long value, not that of a message, lacks the time at which it
was made.  Readers find it by the object in the attachment, whatever its id is."""

import struct

from problems import EMBEDDED, EMBEDDING, MESSAGES, at, store

PROBLEM = "MESSAGE_PROPERTY"
EXPECT = ["MESSAGE_PROPERTY"]
FOLLOWS = []
CREATED, DATA, LONG_VALUE = 0x3007, 0x3701, 0x1F
OTHER = 4 << 5 | LONG_VALUE


def damage(draft):
    attachment = MESSAGES[4], EMBEDDING
    entries = draft.subnodes(*attachment)
    draft.set_subnodes(attachment, {OTHER if nid == EMBEDDED else nid: entry for nid, entry in entries.items()})
    object_ = draft.pc(*attachment).get(DATA)[2]
    heap = draft.pc(*attachment)
    heap.set(object_, struct.pack("<I", OTHER) + heap.item(object_)[4:])
    draft.pc(*attachment, OTHER).remove(CREATED)
    draft.weigh(MESSAGES[4])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {**at(MESSAGES[4], EMBEDDING, OTHER), "tag": 0x3007_0040}
