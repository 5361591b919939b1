"""Behind the last row of a recipient table there are seven bytes of another."""

from problems import IN_EMBEDDED, MESSAGES, RECIPIENTS, at, store

PROBLEM = "TC_ROW_SIZE"
EXPECT = ["TC_ROW_SIZE"]
FOLLOWS = []


def damage(draft):
    recipients = draft.table(*IN_EMBEDDED, RECIPIENTS)
    recipients.put_rows(recipients.rows(), tail=bytes(7))
    draft.weigh(MESSAGES[4])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {**at(*IN_EMBEDDED, RECIPIENTS), "count": 7}
