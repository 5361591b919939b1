"""A recipient's row in an embedded message has the version of a row in a contents table."""

from problems import FOLDER, IN_EMBEDDED, MESSAGES, RECIPIENTS, at, store, table

PROBLEM = "TC_ROW_VERSION"
EXPECT = ["TC_ROW_VERSION"]
FOLLOWS = []
VERSION = 0x67F3


def version(source):
    return int.from_bytes(source.table(table(FOLDER, 0x0E)).cell(MESSAGES[0], VERSION), "little")


def damage(draft):
    recipients = draft.table(*IN_EMBEDDED, RECIPIENTS)
    recipients.set_number(min(recipients.numbers()), VERSION, version(draft))


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    return {**at(*IN_EMBEDDED, RECIPIENTS), "count": 1, "found": version(image)}
