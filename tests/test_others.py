"""What other readers find in real files, pstfix list and the reading interface find too: folders, messages, recipients,
attachments and their bytes.  They find more where pffexport and readpst are known to leave something out.
"""

import hashlib
import re
from collections import Counter, namedtuple

import pytest

from judges import Pffexport, Readpst, Tool
from test_list import CORPUS, SAMPLES, kind_of, listed
from test_read import ATTACHMENT, FOLDER, MESSAGE, RECIPIENT, SEARCH, of_kind, read

DATA = 0x37010102       # PidTagAttachDataBinary

# folders: paths; messages, embedded, recipients: {folder: how many}; attachments: {(folder, size, SHA-256): how many}
Found = namedtuple("Found", "folders messages embedded recipients attachments")

# classes of which pffexport writes no item, and those of which it writes an item without recipients and attachments
NOT_EXPORTED = ("IPM.Post", "IPM.Microsoft.ScheduleData.FreeBusy")
BARE = ("IPM.Schedule.Meeting",)
# classes of which readpst writes no item; it writes appointments as calendar entries, which have no attachments
NOT_READ = (*NOT_EXPORTED, "IPM.DistList")
CALENDAR = ("IPM.Appointment",)


# ours ----------------------------------------------------------------------------------------------------


def walk(item, place=()):
    """Every item that the reading interface gives, with the ids of those it is in."""
    yield place, item
    for child in item.children:
        yield from walk(child, (*place, item.nid))


class Ours:
    """What list says, once it is known that the reading interface says the same."""

    def __init__(self, tool, path):
        lines = listed(tool, path)
        self.paths = {each["nid"]: each["path"] for each in kind_of(lines, "folder")}
        self.items = [each for each in kind_of(lines, "item") if each["kind"] == "message"]
        self.attachments = kind_of(lines, "attachment")
        self.read = list(walk(read(path)[1]))

    def check(self):
        assert self.paths.keys() == {item.nid for _, item in self.read if item.kind in (FOLDER, SEARCH)} | {0x122}
        assert (Counter((each["nid"], each["parent"], each["recipients"], each["attachments"]) for each in self.items)
                == Counter((item.nid, place[-1] if place[-1] & 31 == 5 else self.folder(place),
                            len(of_kind(item, RECIPIENT)), len(of_kind(item, ATTACHMENT)))
                           for place, item in self.read if item.kind == MESSAGE))
        assert (Counter((each["nid"], each["parent"]) for each in self.attachments)
                == Counter((item.nid, place[-1]) for place, item in self.read if item.kind == ATTACHMENT
                           and self.below_message(place)))

    @staticmethod
    def below_message(place):
        return all(nid & 31 != 8 for nid in place)

    def folder(self, place):
        return next(nid for nid in reversed(place) if nid in self.paths)

    def found(self, no_items=(), bare=()):
        """All but items of some classes, and without recipients and attachments those of others."""
        classes = {each["nid"]: each["class"] for each in self.items}
        sizes = {(each["parent"], each["nid"]): each["size"] for each in self.attachments}
        out = Found({path for path in self.paths.values() if path}, Counter(), Counter(), Counter(), Counter())
        for place, item in self.read:
            messages = [nid for nid in (*place, item.nid) if nid in classes]
            if not messages or classes[messages[0]].startswith(no_items):
                continue
            where, is_bare = self.paths[self.folder(place)], classes[messages[0]].startswith(bare)
            if item.kind == MESSAGE:
                (out.embedded if len(messages) > 1 else out.messages)[where] += 1
            elif item.kind == RECIPIENT and not is_bare:
                out.recipients[where] += 1
            elif item.kind == ATTACHMENT and DATA in item.properties and not is_bare:
                out.attachments[where, sizes[place[-1], item.nid], item.properties[DATA]] += 1
        return out


# theirs --------------------------------------------------------------------------------------------------

ITEM = re.compile(r"[A-Za-z ]+\d{5}")       # the name that pffexport gives to the folder of an item
FORBIDDEN = str.maketrans("~", "_")         # in names of folders it writes


def exported(run):
    """What pffexport wrote: a folder for a folder, for an item, and for an attachment that is one."""
    assert run.files is not None
    out = Found(set(), Counter(), Counter(), Counter(), Counter())
    for path in run.target.rglob("*"):
        parts = path.relative_to(run.target).parts
        items = [i for i, part in enumerate(parts) if ITEM.fullmatch(part) and not part.startswith("Attachment")]
        where = "/".join(parts[:items[0]] if items else parts)
        if path.is_dir() and not items:
            out.folders.add(where)
        elif path.is_dir() and items[-1] == len(parts) - 1:
            (out.messages if len(items) == 1 else out.embedded)[where] += 1
        elif path.name == "Recipients.txt":
            out.recipients[where] += len(re.findall(r"^Recipient type:", path.read_text(errors="replace"), re.M))
        elif path.is_file() and path.parent.name == "Attachments":
            out.attachments[where, path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()] += 1
    return out


def read_by_libpst(run):
    """What readpst wrote: 12 for a message, 12-name.jpg for its attachment, in the folder's folder."""
    assert run.messages is not None
    messages, attachments = Counter(), Counter()
    for path in run.target.rglob("*"):
        if path.is_file() and path.name.isdigit():
            messages[path.parent.name] += 1
        elif path.is_file() and not path.name.endswith("-rtf-body.rtf"):        # the message's own text
            data = path.read_bytes()
            attachments[path.parent.name, len(data), hashlib.sha256(data).hexdigest()] += 1
    return messages, attachments


def name_of(path):
    """readpst leaves out what is above the folders of the user."""
    return path.rsplit("/", 1)[-1]


# tests ---------------------------------------------------------------------------------------------------


@pytest.fixture
def path(request, name):
    return request.getfixturevalue("corpus" if name in CORPUS else "samples") / name


@pytest.mark.parametrize("name", [*CORPUS, *SAMPLES])
def test_others(name, path, pstfix, tmp_path):
    pffexport, readpst = Pffexport(path, tmp_path / "pff"), Readpst(path, tmp_path / "readpst")
    ours = Ours(Tool(pstfix), path)
    ours.check()

    found, theirs = ours.found(NOT_EXPORTED, BARE), exported(pffexport)
    assert {folder.translate(FORBIDDEN) for folder in found.folders} == theirs.folders
    assert found._replace(folders=None) == theirs._replace(folders=None)

    found = ours.found(NOT_READ)
    messages, attachments = read_by_libpst(readpst)
    assert Counter({name_of(folder): count for folder, count in found.messages.items()}) == messages
    found = ours.found(NOT_READ, CALENDAR)
    assert attachments == Counter({(name_of(folder), *rest): count
                                   for (folder, *rest), count in found.attachments.items()})


def test_they_leave_out(samples, corpus, pstfix):
    """What is left out above is there: it is we who find more."""
    tool = Tool(pstfix)
    more = Ours(tool, samples / "pstextractortest@outlook.com.ost")
    everything, exported_, read_ = more.found(), more.found(NOT_EXPORTED, BARE), more.found(NOT_READ, CALENDAR)
    counts = [sum(each.attachments.values()) for each in (everything, exported_, read_)]
    assert counts == [34, 25, 26]
    assert sum(everything.recipients.values()) - sum(exported_.recipients.values()) == 6
    for name, posts in (("pstsdk-test_ansi.pst", 1), ("pstsdk-test_unicode.pst", 2)):
        assert sum(Ours(tool, corpus / name).found().messages.values()) == posts
