"""Texts that are read one after the other, such as the cells of a table: what goes on from one to the next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from expunct_server.redaction.formats.isolated.work import Edit, Work
from expunct_server.redaction.formats.markup.pieces import Joined, Piece, Splice, break_of
from expunct_server.redaction.removed import WALL

_ENOUGH: Final = 50_000
"""Code points that are asked about together."""
_AGAIN: Final = 500
"""Code points at the end of them that are asked about again, with what follows."""


@dataclass(slots=True)
class Following:
    """The texts of one document, in their order. `locate` is asked for the place of an edit of a text."""

    work: Work
    locate: Callable[[Joined, str, Edit], str]
    _texts: list[tuple[Joined, Sequence[Edit]]] = field(default_factory=list)
    _size: int = 0
    _before: list[Piece] = field(default_factory=list)
    """The end of the texts that were asked about, in which nothing was found."""

    def add(self, unit: Joined, edits: Sequence[Edit]) -> list[Splice]:
        """Take in the next text; `edits`, of what was found in it, may be known only when all texts are redacted that
        wait for it. What goes on in those so far, once there are enough."""
        if self.work.surveying:
            return []
        self._texts.append((unit, edits))
        self._size += len(unit.text)
        return self.ask() if self._size >= _ENOUGH else []

    def ask(self) -> list[Splice]:
        """What goes on from one to the next of those that were taken in."""
        self.work.flush()
        read = Joined(list(self._before))
        for unit, edits in self._texts:
            for count, pieces in enumerate(unit.beside(edits)):
                read.pieces += [*([break_of(f" {WALL} ")] if count else []), *pieces]
            read.pieces.append(break_of("\n"))
        answer = self.work.going_on(read.text, lambda edit: self.locate(read, "", edit))
        self._texts, self._size, self._before = [], 0, _last(read.beside(answer.edits)[-1])
        return read.splices(answer.edits)


def _last(pieces: Sequence[Piece]) -> list[Piece]:
    size, first = 0, len(pieces)
    while first and size < _AGAIN:
        first -= 1
        size += len(pieces[first].text)
    return list(pieces[first:])
