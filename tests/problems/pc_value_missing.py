"""A message's property is in an item of the heap that is not there."""

from problems import MESSAGES, NO_ITEM, store

EXPECT = ["PC_VALUE_MISSING"]
FOLLOWS = []
PROPERTY = 0x0065           # that no table repeats


def build(fmt):
    return store(fmt, lambda draft: draft.pc(MESSAGES[0]).change(PROPERTY, raw=NO_ITEM)).sealed()


def place(image):
    return {"nid": MESSAGES[0], "tag": image.pc(MESSAGES[0]).tag(PROPERTY), "found": NO_ITEM}
