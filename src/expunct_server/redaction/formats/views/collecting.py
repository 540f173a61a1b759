"""What a result says, and what those inside it say, in order: collected from the processes that read them."""

import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated import parent
from expunct_server.redaction.formats.isolated.limits import Budget, Limits
from expunct_server.redaction.formats.sniffing import HEAD
from expunct_server.redaction.formats.views.pieces import Piece, joined, told

if TYPE_CHECKING:
    from expunct_server.redaction.formats import Format

_PLAIN: Final = "expunct_server.redaction.formats.views.plain"
_ROOM: Final = 6_000_000  # code points; more do not fit on the pages
_LEAST: Final = 50  # that a piece counts for, however short
_UNREAD: Final = "A file that cannot be shown here."
_EMPTY: Final = "A file that is empty, or too large to be shown."
_MANY: Final = "A file that is not shown: there are too many."
_MOST_FILES: Final = 300
"""Processes that one look starts, a few hundredths of a second each; what they read is bounded besides."""
_DEEP: Final = "A file that is too deep inside others to be shown."
_PICTURE: Final = "A picture."
_PAGES: Final = "A document with pages: those where something was removed, or the first."
_UNSEEN: Final = "A picture that is not shown: there are too many."
_MOST_PICTURES: Final = 50
_PICTURES: Final = 32 << 20  # bytes of all of them

KindOf = Callable[[bytes, str | None, int], "Format"]
"""Which kind a file is, by its first bytes, its name and its size. Raises UnsupportedFormat."""


class _Full(Exception):
    """No more can be shown."""


class Picture(NamedTuple):
    """A document inside that has pages to be shown, and its place."""

    kind: "Format"
    place: str
    data: bytes

    @property
    def is_image(self) -> bool:
        return self.kind.media_type.startswith("image/")


@dataclass(slots=True)
class Collected:
    """The pieces of a view, and the pictures in it; not `whole` where there is more than can be shown."""

    pieces: list[Piece] = field(default_factory=list, repr=False)
    pictures: list[Picture] = field(default_factory=list, repr=False)
    whole: bool = True


def collected(source: BinaryIO, kind: "Format", limits: Limits, budget: Budget, kind_of: KindOf) -> Collected:
    """All that is said, at most what a view has room for. `source` is a real file. Raises DocumentError."""
    said = Collected()
    try:
        _Collecting(limits, budget, kind_of, said, _ROOM, _MOST_FILES).document(source, kind, "", 0)
    except _Full:
        said.whole = False
    return said


@dataclass(slots=True)
class _Collecting:
    limits: Limits
    budget: Budget
    kind_of: KindOf
    said: Collected
    room: int
    files: int

    def document(self, source: BinaryIO, kind: "Format", place: str, depth: int) -> None:
        """Raises DocumentError and _Full."""
        module = kind.module or _PLAIN
        task = {"module": module, "task": "view", "name": f"result{kind.suffix}", "labels": True}
        with (
            tempfile.TemporaryFile() as target,
            parent.process(module, source, target, self.limits, self.budget) as wire,
        ):
            wire.send(task | {"limits": asdict(self.limits)})
            while True:
                message, data = wire.receive()
                if "shown" in message:
                    self._show(message["shown"], place)
                elif "inner" in message:
                    self._inner(
                        str(message["inner"]), joined(place, parent.line(message.get("place", ""))), data, depth
                    )
                else:
                    return parent.ended(message)

    def _show(self, shown: object, place: str) -> None:
        for each in parent.listed(shown):
            self._keep(_piece(each).below(place))

    def _keep(self, piece: Piece) -> None:
        self.room -= len(piece.text) + _LEAST
        if self.room < 0:
            raise _Full
        self.said.pieces.append(piece)

    def _inner(self, name: str, place: str, data: bytearray, depth: int) -> None:
        """A document inside, or a note where it cannot be shown. Raises _Full."""
        if not data or depth >= self.limits.depth:
            return self._note(_DEEP if data else _EMPTY, place)
        if not self.files:
            return self._note(_MANY, place)
        with tempfile.TemporaryFile() as source:
            source.write(data)
            source.seek(0)
            try:
                kind = self.kind_of(bytes(data[:HEAD]), name, len(data))
                if kind.has_pages:
                    return self._picture(Picture(kind, place, bytes(data)))
                self.files -= 1
                self.document(source, kind, place, depth + 1)
                return None
            except DocumentError:
                return self._note(_UNREAD, place)

    def _picture(self, picture: Picture) -> None:
        kept = self.said.pictures
        if len(kept) == _MOST_PICTURES or sum(len(each.data) for each in (*kept, picture)) > _PICTURES:
            return self._note(_UNSEEN, picture.place)
        kept.append(picture)
        self._note(_PICTURE if picture.is_image else _PAGES, picture.place, len(kept) - 1)
        return None

    def _note(self, sentence: str, place: str, picture: int | None = None) -> None:
        self._keep(Piece(place, sentence, 0, *told(place), True, picture))


def _piece(said: Any) -> Piece:
    """A piece as a reader's process said it. Raises DocumentError for what is none."""
    place, text, start, heading, caption, is_note = parent.listed(said, 6)
    if not all(isinstance(each, str) for each in (place, text, heading, caption or "")) or not isinstance(start, int):
        raise DocumentError(*parent.CRASHED)
    caption = None if caption is None else parent.line(caption)
    return Piece(parent.line(place), text, start, parent.line(heading), caption, bool(is_note))
