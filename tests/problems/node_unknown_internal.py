"""Node 0x6E1, which no store has, and tables of types that only have one place."""

from problems import store

PROBLEM = "NODE_UNKNOWN"
EXPECT = ["NODE_UNKNOWN"]
FOLLOWS = []
COUNTS = {"NODE_UNKNOWN": 3}
INTERNAL, ATTACHMENTS, RECEIVES, BESIDE = 0x6E1, 0x4031, 0x402B, 0x671


def damage(draft):
    for node in (INTERNAL, ATTACHMENTS, RECEIVES):
        draft.add((node,), draft.parts(0x62B if node == RECEIVES else BESIDE))
    receives = draft.table(RECEIVES)
    for row in receives.numbers():
        receives.set_number(row, 0x67F3, draft.new_version())


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return [{"nid": node, "found": node & 31} for node in (INTERNAL, ATTACHMENTS, RECEIVES)]
