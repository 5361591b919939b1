"""The time at which a message was made is said to be a number in the record itself, and is: no time has so few bytes."""

from problems import MESSAGES, NO_ITEM, store

EXPECT = ["PC_TYPE_UNFIT"]
FOLLOWS = []
CREATED = 0x3007            # that no table repeats


def build(fmt):
    return store(fmt, lambda draft: draft.pc(MESSAGES[0]).change(CREATED, kind=0x0003, raw=NO_ITEM)).sealed()


def place(image):
    return {"nid": MESSAGES[0], "tag": CREATED << 16 | 0x0003}
