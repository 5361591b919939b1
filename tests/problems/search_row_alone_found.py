"""Two of the messages that a search folder has found are not there any more."""

from problems import store

PROBLEM = "SEARCH_ROW_ALONE"
STORE = dict(search=True)
EXPECT = ["SEARCH_ROW_ALONE"]
FOLLOWS = []
SEARCH_FOLDER, NODE = 0x80023, 0x80030


def damage(draft):
    results = draft.table(NODE)
    first = min(results.numbers())
    for nowhere in (0x2FFF04, 0x2FFF24):
        results.add_row(nowhere, draft.new_version(), like=first)
    draft.set_both(SEARCH_FOLDER, 0x3602, len(results.numbers()))
    unread = draft.pc(SEARCH_FOLDER).get(0x3603)[2] + 2
    draft.set_both(SEARCH_FOLDER, 0x3603, unread)


def build(fmt):
    return store(fmt, damage, **STORE).sealed()


def place(image):
    return {"nid": SEARCH_FOLDER, "count": 2}
