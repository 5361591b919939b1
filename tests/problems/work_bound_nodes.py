"""Messages in messages, where each names the one below it many times: few blocks, and more messages than can be worth
looking at.  The rows of the tables that they share have the same versions."""

from problems import ATTACHMENTS, MESSAGES, RECIPIENTS, store

STORE = dict(embedded=4)
EXPECT = ["WORK_BOUND_NODES", "TC_ROW_VERSION"]
COUNTS = {"TC_ROW_VERSION": None}       # of all tables up to the bound
FOLLOWS = []
TIMES = {"ansi": 12, "unicode": 12, "unicode4k": 14}        # more work is allowed in a larger file
FLAGS = 0x0E07


def of_type(draft, path, kind):
    return [nid for nid in draft.subnodes(*path) if nid & 31 == kind]


def messages_in(draft, path):
    """Paths of the messages in a message, the innermost first."""
    for attachment in of_type(draft, path, 5):
        for inner in of_type(draft, (*path, attachment), 4):
            yield from messages_in(draft, (*path, attachment, inner))
    yield path


def damage(draft, times):
    for path in list(messages_in(draft, (MESSAGES[4],))):
        rows = draft.table(*path, ATTACHMENTS)
        for nid in list(rows.numbers()):
            if not of_type(draft, (*path, nid), 4):     # keep nothing but messages
                rows.remove_row(nid)
                draft.remove(*path, nid)
        if not rows.numbers():
            draft.pc(*path).change(FLAGS, raw=0)
        if RECIPIENTS in draft.subnodes(*path):
            draft.remove(*path, RECIPIENTS)
        draft.weigh(*path)
        for nid in list(rows.numbers()):
            multiply(draft, path, draft.table(*path, ATTACHMENTS), nid, times)
        draft.weigh(*path)


def multiply(draft, path, rows, nid, times):
    others = [draft.new_nid(5) for _ in range(times - 1)]
    for other in others:
        rows.add_row(other, draft.new_version(), like=nid)
    entries = draft.subnodes(*path)
    draft.set_subnodes(path, {**entries, **dict.fromkeys(others, entries[nid])})


def build(fmt):
    return store(fmt, lambda draft: damage(draft, TIMES[fmt]), **STORE).sealed()
