"""The name of a recipient in an embedded message is in a subnode that is not there."""

from problems import IN_EMBEDDED, RECIPIENTS, at, store

EXPECT = ["RECIPIENT_CELL"]
FOLLOWS = []
NAME, NOWHERE = 0x3001, 0xFFFF << 5 | 0x1F


def damage(draft):
    recipients = draft.table(*IN_EMBEDDED, RECIPIENTS)
    recipients.set_number(min(recipients.numbers()), NAME, NOWHERE)


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    recipients = image.table(*IN_EMBEDDED, RECIPIENTS)
    return {**at(*IN_EMBEDDED, RECIPIENTS), "tag": recipients.tag(NAME), "expected": min(recipients.numbers())}
