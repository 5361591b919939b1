"""By their bits, the recipients of a message have no row versions."""

from problems import MESSAGES, RECIPIENTS, store

PROBLEM = "TC_ROW_BITS"
EXPECT = ["TC_ROW_BITS"]
FOLLOWS = []


def damage(draft):
    recipients = draft.table(MESSAGES[0], RECIPIENTS)
    at = recipients.ends[2]
    recipients.put_rows([row[:at] + bytes([row[at] & 0xBF]) + row[at + 1:] for row in recipients.rows()])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {"nid": MESSAGES[0], "sub": RECIPIENTS, "count": len(image.table(MESSAGES[0], RECIPIENTS).rows())}
