"""The row index of a recipient table lacks two of its three rows."""

from problems import MESSAGES, RECIPIENTS, store

PROBLEM = "TC_ROW_UNNAMED"
EXPECT = ["TC_ROW_UNNAMED"]
FOLLOWS = []


def damage(draft):
    recipients = draft.table(MESSAGES[0], RECIPIENTS)
    first = min(recipients.numbers())
    recipients.put_numbers({first: recipients.numbers()[first]})
    draft.weigh(MESSAGES[0])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[0], "sub": RECIPIENTS, "count": 2}
