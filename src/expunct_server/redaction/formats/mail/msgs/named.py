"""Properties that have names of their own (MS-OXMSG, 2.2.3): a table in the root, from numbers to names."""

import struct
from dataclasses import dataclass, field
from typing import Final

from expunct_server.redaction.formats.compound.tree import Storage
from expunct_server.redaction.formats.isolated.work import Text, Work
from expunct_server.redaction.formats.mail.msgs import vocabulary
from expunct_server.redaction.formats.mail.msgs.rtf import checksum
from expunct_server.redaction.formats.mail.msgs.strings import WIDE, runs

STORAGE: Final = "__nameid_version1.0"
_SETS, _ENTRIES, _NAMES = (f"__substg1.0_{tag:08X}" for tag in (0x00020102, 0x00030102, 0x00040102))
_ENTRY: Final = struct.Struct("<I2H")
_OWN: Final = 3
"""The first number of a set of properties that is not known to all."""
_BUCKETS: Final = 0x1F


@dataclass(slots=True)
class _Name:
    """An entry: a number, or a text, in a set of properties. `index` is that of the property."""

    index: int
    set: int
    number: int
    text: str | None = field(repr=False)


@dataclass(slots=True)
class Names:
    """The names of one file's properties."""

    sets: list[bytes] = field(default_factory=list)
    entries: list[_Name] = field(default_factory=list)
    _by_index: dict[int, _Name] = field(default_factory=dict, repr=False)

    def add(self, entry: _Name) -> None:
        self.entries.append(entry)
        self._by_index[entry.index] = entry

    def name_of(self, number: int) -> str:
        """What a property is called for what it is searched for, "" if nothing is known of it."""
        found = self._by_index.get(number - vocabulary.NAMED)
        if found is None:
            return ""
        return vocabulary.NAMED_DATES.get(found.number, "") if found.text is None else found.text


def names_of(root: Storage) -> Names:
    """Out of the root of a file."""
    storage = root.storages().get(STORAGE, Storage())
    sets, entries, texts = (storage.stream(name) for name in (_SETS, _ENTRIES, _NAMES))
    made = Names([sets[at : at + 16] for at in range(0, len(sets) - 15, 16)])
    for at in range(0, len(entries) - _ENTRY.size + 1, _ENTRY.size):
        number, kind, index = _ENTRY.unpack_from(entries, at)
        text = _text(texts, number) if kind & 1 else None
        made.add(_Name(index, kind >> 1, number, text))
    return made


def _text(texts: bytes, at: int) -> str:
    length = int.from_bytes(texts[at : at + 4], "little")
    return texts[at + 4 : at + 4 + length].decode(WIDE, "replace")


def redact(work: Work, names: Names) -> None:
    """What the names say, and what identifiers of sets say if they are texts."""
    texts = [each for each in names.entries if each.text]
    asked = [Text(each.text or "", (), prose=False) for each in texts]
    answers = work.redacted(asked, lambda i, _: f"name of property {texts[i].index + 1}")
    taken = {(each.set, each.text) for each in texts}
    for each, answer in zip(texts, answers, strict=True):
        if answer.edits:
            each.text = _free(each.set, answer.text or "redacted", taken)
    read = [Text(runs(each), (), prose=False) for each in names.sets]
    for i, answer in enumerate(work.redacted(read, lambda i, _: f"set of properties {i + 1}")):
        if answer.edits:
            names.sets[i] = bytes(16)


def _free(kind: int, text: str, taken: set[tuple[int, str | None]]) -> str:
    made, number = text, 1
    while (kind, made) in taken:
        number += 1
        made = f"{text} {number}"
    taken.add((kind, made))
    return made


def written(names: Names) -> Storage:
    """The table, with the streams by which a name is found (MS-OXMSG, 2.2.3.2)."""
    texts, entries = bytearray(), bytearray()
    found: dict[int, bytes] = {}
    for each in names.entries:
        number = check = each.number
        if each.text is not None:
            raw = each.text.encode(WIDE, "surrogatepass")
            number, check = len(texts), checksum(raw)
            texts += len(raw).to_bytes(4, "little") + raw + bytes(-len(raw) % 4)
        kind = each.set << 1 | (each.text is not None)
        entries += _ENTRY.pack(number, kind, each.index)
        stream = 0x1000 + (check ^ kind) % _BUCKETS
        found[stream] = found.get(stream, b"") + _ENTRY.pack(check, kind, each.index)
    streams = {_SETS: b"".join(names.sets), _ENTRIES: bytes(entries), _NAMES: bytes(texts)}
    return Storage({**streams, **{f"__substg1.0_{number:04X}0102": raw for number, raw in found.items()}})
