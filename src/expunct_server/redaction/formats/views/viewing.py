"""What a format's module is given to be read for a view: nobody looks for anything, all that it asks about is shown."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from expunct_server.redaction.formats.isolated import carried
from expunct_server.redaction.formats.isolated.contents import Carried
from expunct_server.redaction.formats.isolated.work import BATCH, CARRIED, Apply, Edit, Locate, Redacted, Text, Work
from expunct_server.redaction.formats.views.pieces import Piece, told

_LEAST: Final = 50  # code points that a piece counts for, however short
_FILE: Final = "a file in a text"


@dataclass(slots=True)
class Viewing(Work):
    """Work on a result, whose output nobody sees."""

    _pieces: list[Piece] = field(default_factory=list, repr=False)
    _waiting: int = 0

    def redacted(self, texts: Sequence[Text], locate: Callable[[int, Edit], str | None]) -> list[Redacted]:
        for i, text in enumerate(texts):
            self._text(text.text, partial(locate, i))
        return [Redacted(text.text, ()) for text in texts]

    def add(self, text: Text, apply: Apply, locate: Locate) -> None:  # noqa: ARG002 - there is nothing to apply
        self._text(text.text, locate)

    def flush(self) -> None:
        """Nothing waits for an answer."""

    def inner(self, name: str, data: bytes, place: str) -> bytes:
        """A document inside, which is shown here. One that is too large is told to be there."""
        self.hand_over()
        self.wire.send({"inner": name, "place": place}, data if len(data) <= self.limits.inner else b"")
        return data

    def note(self, sentence: str) -> None:
        """What was noted is in the report."""

    def progress(self, consumed: int) -> None:
        """Nobody waits for the document."""

    def show(self, pieces: Iterable[Piece]) -> None:
        """Pieces, in order."""
        for piece in pieces:
            self._pieces.append(piece)
            self._waiting += len(piece.text) + _LEAST
            if self._waiting >= BATCH:
                self.hand_over()

    def hand_over(self) -> None:
        """Send what is collected; none of it is a picture."""
        if self._pieces:
            self.wire.send({"shown": [each[:-1] for each in self._pieces]})
        self._pieces, self._waiting = [], 0

    def _text(self, text: str, locate: Locate) -> None:
        if not text or text.isspace():
            return
        start = 0
        for line in text.splitlines(keepends=True):
            said = line.rstrip("\r\n")
            if said.strip():
                place = locate(Edit(start, start, "", "", "")) or ""
                self.show([Piece(place, said, start, *told(place))])
            start += len(line)
        for each in files_in(text):
            self.inner(CARRIED, each.data, locate(Edit(each.start, each.end, "", "", "")) or _FILE)


def files_in(text: str) -> list[Carried]:
    """Files that a text carries as base64 or hexadecimal."""
    return [each for each in carried.all_in(text, ()) if each.is_file]
