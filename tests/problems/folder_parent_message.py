"""The node index says that the parent of a folder is a message.  The folder's old parent still has a row for it."""

from problems import INNER, MESSAGES, store

PROBLEM = "FOLDER_PARENT"
EXPECT = ["FOLDER_PARENT", "FOLDER_ROW_ALONE"]
FOLLOWS = []


def build(fmt):
    return store(fmt, lambda draft: draft.set_parent(INNER, MESSAGES[0])).sealed()


def place(image):
    return {"nid": INNER, "found": MESSAGES[0]}
