"""The whole message: its properties, its recipients, its attachments, and the messages among these."""

import struct
from dataclasses import dataclass
from typing import Final, NamedTuple

from expunct_server.redaction.formats.common import UNREAD, DocumentError
from expunct_server.redaction.formats.compound import reading, writing
from expunct_server.redaction.formats.compound.tree import SIGNATURE, Storage
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.mail import emls
from expunct_server.redaction.formats.mail.msgs import bodies, named, people, properties, strings, vocabulary
from expunct_server.redaction.formats.mail.msgs.properties import BINARY, INT32, OBJECT, STRING, Bag, Property
from expunct_server.redaction.formats.mail.msgs.values import Values

_DEEPEST: Final = 20
_KIND: Final = bytes.fromhex("0b0d020000000000c000000000000046")
"""The class of a file with a message (MS-OXMSG, 2.1)."""
_COUNTS: Final = struct.Struct("<8x4I")
_IN_ROOT: Final = 8  # bytes more than in a message inside another
_HEAD: Final = 8  # bytes before the properties of a recipient or attachment
RECIPIENT, ATTACHMENT = "__recip_version1.0_#", "__attach_version1.0_#"
_OTHER: Final = "This is no Outlook message, whatever its name says; send it with the name of what it is."
_OBJECT: Final = "Objects of other programs inside the message were taken out."
_PARTS: Final = "Parts of the file that belong to no message were taken out."
_TOO_DEEP: Final = f"Messages may be {_DEEPEST} deep inside each other: send the inner ones on their own."
_NAMES: Final = vocabulary.FILE_NAMES[:2]
_TOO_LARGE: Final = f"A message may have {emls.MAX:,} bytes: send its attachments on their own."
_RIGHTS: Final = "application/x-microsoft-rpmsg-message"


def run(work: Work) -> None:
    """Writes the message anew. Findings are at "subject", "body, line 3", "recipient 1, address", "attachment 2".

    Raises DocumentError."""
    data = work.source.read(emls.MAX + 1)
    if len(data) > emls.MAX:
        raise DocumentError("too_large", _TOO_LARGE)
    if not data:
        return
    if not data.startswith(SIGNATURE):
        raise DocumentError("unreadable", _OTHER)
    root = reading.tree(data)
    if properties.STREAM not in root.entries:
        raise DocumentError("unreadable", _OTHER)
    names = named.names_of(root)
    named.redact(work, names)
    made = _Messages(work, Values(work, names)).redacted(root, "", 0)
    made.entries[named.STORAGE] = named.written(names)
    made.kind = _KIND
    work.target.write(writing.written(made))


class _Place(NamedTuple):
    """Where in a file a message is; `narrow` is the codec of its texts that are not in UTF-16."""

    place: str
    narrow: str
    depth: int


@dataclass(slots=True)
class _Parts:
    """Bodies and attachments of one message: whether one was read, and why the first that could not be was not."""

    has_read: bool = False
    lost: DocumentError | None = None

    def lose(self, work: Work, error: DocumentError, which: str) -> None:
        """Do without a part. Raises the error where it is one of all parts."""
        if error.code not in UNREAD:
            raise error
        self.lost = self.lost or error
        work.note(f"{which[:1].upper()}{which[1:]} could not be read and was taken out of the message ({error.code}).")

    def check(self) -> None:
        """Raises DocumentError where nothing of the message could be read."""
        if self.lost is not None and not self.has_read:
            raise self.lost


@dataclass(slots=True)
class _Messages:
    """The messages of one file, counted, with their attachments."""

    work: Work
    values: Values
    messages: int = 0
    attachments: int = 0
    read: int = 0

    def redacted(self, source: Storage, place: str, depth: int) -> Storage:
        """A message; `depth` is how many it is inside of. Raises DocumentError, also where no part can be read."""
        if depth > _DEEPEST:
            raise DocumentError("nested_too_deep", _TOO_DEEP)
        head = _COUNTS.size + (0 if depth else _IN_ROOT)
        bag = properties.bag_of(source, head)
        _check(bag)
        self._look_for_others(source)
        narrow, ids, parts = strings.codec(bag), people.taken(bag), _Parts()
        texts = self._bodies(bag, place, parts)
        self.values.search(bag, place, narrow)
        made = Storage()
        recipients = self._recipients(source, made, place, narrow)
        attachments = self._attachments(source, made, _Place(place, narrow, depth), parts)
        self.work.flush()
        parts.check()
        people.put_back(bag, ids)
        bag |= {each.tag: each for each in texts}
        counts = _COUNTS.pack(recipients, attachments, recipients, attachments)
        properties.written(bag, counts.ljust(head, b"\0"), made)
        return made

    def _bodies(self, bag: Bag, place: str, parts: _Parts) -> list[Property]:
        """Those that are documents of their own, but what cannot be read of them; a line stands for all of them."""
        parts.has_read = bool(strings.text(bag, vocabulary.BODY).strip())
        made = []
        for each in bodies.taken(bag):
            try:
                bodies.redacted(self.work, each, bag, place)
            except DocumentError as error:
                parts.lose(self.work, error, f"{place}{bodies.name_of(each)}")
                continue
            parts.has_read |= each.number != vocabulary.HEADERS and bool(each.value)
            made.append(each)
        if parts.lost is not None and not parts.has_read:
            made.append(Property(vocabulary.BODY, STRING, value=strings.encoded(emls.GONE_TEXT, strings.WIDE)))
        return made

    def _look_for_others(self, source: Storage) -> None:
        known = (RECIPIENT, ATTACHMENT, "__substg1.0_", properties.STREAM, named.STORAGE)
        if not all(name.startswith(known) for name in source.entries):
            self.work.note(_PARTS)

    def _recipients(self, source: Storage, made: Storage, place: str, narrow: str) -> int:
        """Into `made`; how many there are."""
        found = _numbered(source, RECIPIENT)
        for i, storage in enumerate(found):
            bag = properties.bag_of(storage, _HEAD)
            ids = people.taken(bag)
            self.values.search(bag, f"{place}recipient {i + 1}, ", narrow)
            self.work.flush()
            people.put_back(bag, ids)
            properties.written(bag, bytes(_HEAD), _inside(made, f"{RECIPIENT}{i:08X}"))
        return len(found)

    # --- attachments ---

    def _attachments(self, source: Storage, made: Storage, at: _Place, parts: _Parts) -> int:
        """Into `made`; how many are left. A text stands for one that cannot be read."""
        count = 0
        for storage in _numbered(source, ATTACHMENT):
            self.attachments += 1
            bag = properties.bag_of(storage, _HEAD)
            where = f"{at.place}attachment {self.attachments}"
            try:
                if not self._data(bag, where, at):
                    self.work.note(_OBJECT)
                    continue
                parts.has_read = True
            except DocumentError as error:
                parts.lose(self.work, error, where)
                bag = _stand_in()
            data = [each for each in bag.values() if each.number == vocabulary.DATA]
            for each in data:
                del bag[each.tag]
            self.values.search(bag, f"{where}, ", at.narrow)
            self.work.flush()
            _set(bag, vocabulary.NUMBER_OF_DATA, count)
            bag |= {each.tag: each for each in data}
            properties.written(bag, bytes(_HEAD), _inside(made, f"{ATTACHMENT}{count:08X}"))
            count += 1
        return count

    def _data(self, bag: Bag, where: str, at: _Place) -> bool:
        """What is attached: a message, or a file. False for an object of another program. Raises DocumentError."""
        held, data = (bag.get(vocabulary.DATA << 16 | kind) for kind in (OBJECT, BINARY))
        for each in [each for each in bag.values() if each.number == vocabulary.DATA]:
            if each is not held and each is not data:
                del bag[each.tag]
        method = bag.get(vocabulary.METHOD << 16 | INT32)
        if method is not None and method.integer() == vocabulary.OLE:
            return False
        if held is not None:
            if held.storage is None or properties.STREAM not in held.storage.entries:
                return False
            self.messages += 1
            held.storage = self.redacted(held.storage, f"{at.place}message {self.messages}, ", at.depth + 1)
        if data is not None:
            self.read += len(data.value)
            data.value = bodies.inner(self.work, _file_name(bag), data.value, where)
            _set(bag, vocabulary.SIZE_OF_DATA, len(data.value))
            self.work.progress(self.read)
        return True


def _stand_in() -> Bag:
    """An attachment in the place of one that could not be read."""
    made = [Property(number, STRING, value=strings.encoded("removed.txt", strings.WIDE)) for number in _NAMES]
    made.append(Property(vocabulary.METHOD, INT32, value=vocabulary.BY_VALUE.to_bytes(4, "little")))
    made.append(Property(vocabulary.NUMBER_OF_DATA, INT32, value=bytes(4)))
    made.append(Property(vocabulary.DATA, BINARY, value=emls.GONE_TEXT.encode()))
    return {each.tag: each for each in made}


def _check(bag: Bag) -> None:
    """Refuse what is sealed. Raises DocumentError."""
    kind = strings.text(bag, vocabulary.CLASS).lower()
    if kind.startswith("ipm.note.smime"):
        is_signed = kind.startswith("ipm.note.smime.multipartsigned")
        raise DocumentError(*(emls.OPAQUE if is_signed else emls.ENCRYPTED))
    if emls.ARMOURED in strings.text(bag, vocabulary.BODY):
        raise DocumentError(*emls.ENCRYPTED)


def _file_name(bag: Bag) -> str:
    """What a file is called, for what it is; one without a name by its type. Raises DocumentError."""
    kind = strings.text(bag, vocabulary.MIME_TYPE).lower()
    name = next((said for each in vocabulary.FILE_NAMES if (said := strings.text(bag, each))), "")
    if kind == _RIGHTS or name.lower().endswith(".rpmsg"):
        raise DocumentError(*emls.ENCRYPTED)
    return name or f"part.{emls.SUFFIXES.get(kind, 'bin')}"


def _numbered(source: Storage, prefix: str) -> list[Storage]:
    found = source.storages()
    return [found[name] for name in sorted(found) if name.startswith(prefix)]


def _inside(made: Storage, name: str) -> Storage:
    inner = made.entries[name] = Storage()
    return inner


def _set(bag: Bag, number: int, value: int) -> None:
    """A number that has to be another, if it is there."""
    if (each := bag.get(number << 16 | INT32)) is not None:
        each.value = value.to_bytes(4, "little")
