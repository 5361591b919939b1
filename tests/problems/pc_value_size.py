"""A time of seven bytes."""

from problems import MESSAGES, store

EXPECT = ["PC_VALUE_SIZE"]
FOLLOWS = []
CREATED = 0x3007            # that no table repeats


def damage(draft):
    draft.pc(MESSAGES[0]).set_value(CREATED, bytes(7))
    draft.weigh(MESSAGES[0])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[0], "tag": image.pc(MESSAGES[0]).tag(CREATED), "found": 7}
