"""A text of markup that is read after another, such as the cell of a table (`isolated.following`)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self

from expunct_server.redaction.formats.isolated.following import Line
from expunct_server.redaction.formats.isolated.work import Edit
from expunct_server.redaction.formats.markup.pieces import Joined, Splice, break_of
from expunct_server.redaction.removed import WALL


@dataclass(slots=True)
class Said:
    """A text of which `edits` go, which may be known only when all texts are redacted that wait for it. What else goes
    is added to `splices`."""

    unit: Joined
    edits: Sequence[Edit]
    splices: list[Splice] = field(repr=False)
    _now: Joined | None = None  # what is there beside the edits, which are known when it is first asked for

    def now(self) -> Self:
        self.left()
        return self

    def left(self) -> Joined:
        if self._now is None:
            self._now = _without(self.unit, self.edits)
        return self._now

    @property
    def text(self) -> str:
        return self.left().text

    def take(self, edits: tuple[Edit, ...]) -> None:
        self.splices += self.left().splices(edits)
        self._now = _without(self.left(), edits)

    def shown(self) -> "Shown":
        return Shown(self)

    def has_hidden(self) -> bool:
        return any(each.hidden for each in self.unit.pieces)


@dataclass(slots=True)
class Shown:
    """A text without what is hidden in it."""

    said: Said

    @property
    def text(self) -> str:
        return self.said.left().shown().text

    def take(self, edits: Sequence[Edit]) -> None:
        self.said.take(self.said.left().as_of_all(edits))


def line(said: Said, locate: Callable[[Joined, str, Edit], str]) -> Line:
    """A text, with what is hidden in it and without; `locate` is asked for its place."""
    size = len(said.unit.text)
    if not said.has_hidden():
        return Line((said.now,), lambda edit: locate(said.left(), "", edit), size)
    return Line((said.now, said.shown), lambda edit: locate(said.unit, "", edit), size)


def _without(unit: Joined, edits: Sequence[Edit]) -> Joined:
    first, *others = unit.beside(edits)
    left = Joined(first)
    for edit, pieces in zip(edits, others, strict=True):
        left.pieces += [*([break_of(f" {WALL} ")] if edit.replacement else []), *pieces]
    return left
