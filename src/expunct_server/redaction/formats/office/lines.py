"""The ways in which a written paragraph can be read, for the check: with and without each kind of what is in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

from expunct_server.redaction.formats.isolated.work import Lines
from expunct_server.redaction.formats.office import vocabulary
from expunct_server.redaction.formats.office.orders import UNPLACED, Position, orders

MARKS: Final = frozenset(("ins", "del", "moveFrom", "moveTo", "Choice", "Fallback", "delText", "rt", "ruby-text"))
"""Elements that say whether what is in them is read: changes, extensions, pronunciations."""
_MOST: Final = 5  # kinds of which all sets are read
_OLD: Final = frozenset(("del", "moveFrom", "Fallback", "delText", "deletion"))
_NEW: Final = frozenset(("ins", "moveTo", "Choice", "insertion"))
_SOUND: Final = frozenset(("rt", "ruby-text"))
HIDDEN: Final = "vanish"
"""The mark of what is hidden."""
_HIDDEN: Final = frozenset((HIDDEN, "sym"))  # symbols of fonts whose letters are pictures among it
_ID: Final = f"{vocabulary.ODF_TEXT} id"
_XML_ID: Final = "http://www.w3.org/XML/1998/namespace id"
_CHANGE: Final = f"{vocabulary.ODF_TEXT} change-id"

Marks = tuple[str, ...]


@dataclass(slots=True)
class Paragraph:
    """One paragraph: its texts in order, each with the marks that it has, and the codes of its fields. `above` are the
    marks that all of it has."""

    position: Position = UNPLACED
    above: frozenset[str] = frozenset()
    parts: list[tuple[Marks, str]] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    is_cap: bool = False  # whether it is the first letters of the next one

    def add(self, marks: Marks, text: str) -> None:
        """Text that goes on."""
        self.parts.append((marks, text))

    def readings(self) -> set[str]:
        """Everything that it says to any reader. Where there are many kinds, of sets of them only those that matter."""
        kinds = list(dict.fromkeys(marks for marks, _ in self.parts))
        found = {"".join(self.codes), "".join(text for _, text in self.parts)}
        if len(kinds) > 1:
            found.update(self._of(chosen) for chosen in _sets(kinds))
            found.add(self._divided())
        return found - {""}

    def now(self) -> str:
        """What it says to a reader who accepts all changes."""
        return self._without(_OLD | _HIDDEN)

    def with_hidden(self) -> str:
        """That with what is hidden."""
        return self._without(_OLD)

    def before(self) -> str:
        """What it says to one who rejects them."""
        return self._without(_NEW | _HIDDEN)

    def _without(self, kinds: frozenset[str]) -> str:
        if kinds & self.above:
            return ""
        return "".join(text for marks, text in self.parts if not (kinds | _SOUND) & set(marks))

    def _of(self, kinds: frozenset[Marks]) -> str:
        return "".join(text for marks, text in self.parts if marks in kinds)

    def _divided(self) -> str:
        said: list[str] = []
        last: Marks | None = None
        for marks, text in self.parts:
            said += ["\n", text] if marks != last else [text]
            last = marks
        return "".join(said)


def _sets(kinds: list[Marks]) -> Iterator[frozenset[Marks]]:
    if len(kinds) <= _MOST:
        for count in range(1, len(kinds)):
            yield from map(frozenset, combinations(kinds, count))
        return
    for without in (_OLD | _SOUND, _NEW | _SOUND, _SOUND, _OLD, _NEW, _OLD | _SOUND | _HIDDEN, _NEW | _SOUND | _HIDDEN):
        yield frozenset(marks for marks in kinds if not without & set(marks))
    for kind in kinds:
        yield frozenset((kind,))
        yield frozenset(kinds) - {kind}


def in_order(paragraphs: Sequence[Paragraph]) -> Iterator[Lines]:
    """Paragraphs as they are read one after the other, in each order, now, before, and with what is hidden."""
    for order in orders(paragraphs):
        ways = (Paragraph.now, Paragraph.before, Paragraph.with_hidden)
        yield from map(Lines, dict.fromkeys("\n".join(map(read, order)) for read in ways))


@dataclass(slots=True)
class Changes:
    """Tracked changes of an OpenDocument text (ISO/IEC 26300-3, 5.5)."""

    _region: str = ""
    _is_deletion: bool = False
    _gone: dict[str, list[str]] = field(default_factory=dict)
    _added: set[str] = field(default_factory=set)
    _open: set[str] = field(default_factory=set)

    @property
    def marks(self) -> Marks:
        """Those of what is being read."""
        return ("insertion",) if self._open else ()

    def start(self, name: str, attributes: dict[str, str], lines: Paragraph | None) -> None:
        """An element of texts begins."""
        at = attributes.get(_CHANGE, "")
        if name == "changed-region":
            self._region = attributes.get(_ID) or attributes.get(_XML_ID) or ""
        elif name == "deletion":
            self._is_deletion = True
        elif name == "insertion":
            self._added.add(self._region)
        elif name == "change" and lines is not None:
            lines.add(("deletion",), "\n".join(self._gone.pop(at, [])))
        elif name == "change-start" and at in self._added:
            self._open.add(at)
        elif name == "change-end":
            self._open.discard(at)

    def end(self, name: str) -> None:
        """An element of texts ends."""
        if name == "deletion":
            self._is_deletion = False

    def keep(self, lines: Paragraph) -> None:
        """Keep a paragraph that was deleted, for the place where it was."""
        if self._is_deletion:
            lines.above = lines.above.union(("deletion",))
            self._gone.setdefault(self._region, []).append("".join(text for _, text in lines.parts))
