"""A search folder says that it found nothing, but its table of results has rows."""

from problems import store

PROBLEM = "FOLDER_COUNT"
STORE = dict(search=True)
EXPECT = ["FOLDER_COUNT"]
FOLLOWS = []
SEARCH_FOLDER, NODE = 0x80023, 0x80030


def build(fmt):
    return store(fmt, lambda draft: draft.set_both(SEARCH_FOLDER, 0x3602, 0), **STORE).sealed()


def place(image):
    return {"nid": SEARCH_FOLDER, "found": 0, "expected": len(image.table(NODE).numbers())}
