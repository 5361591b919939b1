"""The row index of an attachment table has the same id for two rows."""

from problems import ATTACHMENT, ATTACHMENTS, MESSAGES, store

PROBLEM = "BTH_DUPLICATE"
EXPECT = ["BTH_DUPLICATE"]
FOLLOWS = []


def damage(draft):
    table = draft.table(MESSAGES[0], ATTACHMENTS)
    table.add_row(ATTACHMENT + 32, draft.new_version(), like=ATTACHMENT)
    table.set_number(ATTACHMENT + 32, 0x67F2, ATTACHMENT)
    (first, number), (_, second) = table.index.records()
    table.index.put([(first, number), (first, second)])
    draft.weigh(MESSAGES[0])


def build(fmt):
    return store(fmt, damage).sealed()


def place(image):
    table = image.table(MESSAGES[0], ATTACHMENTS)
    leaf, = table.index.leaves()
    return {"nid": MESSAGES[0], "sub": ATTACHMENTS, "hid": leaf, "count": 1}
