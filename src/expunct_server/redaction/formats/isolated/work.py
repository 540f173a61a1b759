"""What the module of a format is given in the document's own process."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final, NamedTuple

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.forms import Edit, Forms, Redacted, Text, edited
from expunct_server.redaction.formats.isolated.limits import Limits
from expunct_server.redaction.formats.isolated.wire import Wire

__all__ = [
    "BATCH",
    "CARRIED",
    "UNSEEN",
    "Edit",
    "Lines",
    "Locate",
    "Mark",
    "Noise",
    "Part",
    "Redacted",
    "Text",
    "Work",
    "at",
    "edited",
]

BATCH: Final = 60_000
"""Code points of texts that are asked about together."""
CARRIED: Final = "carried"
"""What files in texts are called, which have no name, before the suffix of their kind."""
UNSEEN: Final = "\u2060"
"""Draws nothing and divides no value: in the place of characters that are none of what people read."""
_MOST_TEXTS: Final = 50_000
"""Texts that are asked about in one frame."""


class Noise(str):
    """What looks like text in a written document's bytes and may be none, such as pixels: short values stand in it by
    chance and are not looked for (`removed.LEAST_IN_NOISE`)."""

    __slots__ = ()


class Lines(str):
    """Texts of a written document that are read one after the other, a line each (`removed.may_go_on`)."""

    __slots__ = ()


class Part(str):
    """No text, but what people call the part of a written document that the texts after it are of, "" for none."""

    __slots__ = ()


class Mark(NamedTuple):
    """Where on a page something was removed, in the page's own units, and what stands there now. `is_seen` where they
    are pixels of the page as it was read as a picture, from its upper left corner; of a `picture` that is there on the
    page (left, low, right, high) they are its own pixels."""

    left: float
    low: float
    right: float
    high: float
    label: str
    is_seen: bool = False
    picture: tuple[float, float, float, float] | None = None


Apply = Callable[[Redacted], None]
Locate = Callable[[Edit], str | None]


def at(place: str) -> Locate:
    """That of a text which is all in one place."""
    return lambda _: place


@dataclass(slots=True)
class _Spot:
    text: Text
    apply: Apply
    locate: Locate


@dataclass(slots=True)
class Work:
    """One document on its way. `source` is seekable and at its start; `name` is the file's, if it has one.

    `surveying` is True in the first of the two runs, whose output nobody sees; for a document inside another in the
    whole of a process, since each run of the one around starts its own. `password` is for a source that is encrypted,
    None where there is none; what is written is not encrypted, and is read again without it.
    """

    source: BinaryIO
    target: BinaryIO
    name: str | None
    limits: Limits
    wire: Wire = field(repr=False)
    preserve_labels: bool = True
    surveying: bool = False
    password: str | None = field(default=None, repr=False)
    _spots: list[_Spot] = field(default_factory=list, repr=False)
    _size: int = 0

    def redacted(self, texts: Sequence[Text], locate: Callable[[int, Edit], str | None]) -> list[Redacted]:
        """Each text redacted, in order, with what it says in another form (`forms`). `locate` says where an edit of
        the text of a number is, for the report."""
        made: list[Redacted] = []
        for first in range(0, len(texts), _MOST_TEXTS):
            part = texts[first : first + _MOST_TEXTS]
            made += self._forms.redacted(part, lambda i, edit, first=first: locate(first + i, edit))  # type: ignore[misc]
        return made

    def going_on(self, text: str, locate: Locate) -> Redacted:
        """Texts that were redacted, a line each, with what the document is known to lose where that goes on from one to
        the next. Nothing else is looked for, and nothing in the first of two runs, which is to find out what that is.
        """
        if self.surveying or not text.strip():
            return Redacted(text, ())
        self.wire.send({"lines": text})
        [(said, edits)] = self._answer()["redacted"]
        answer = Redacted(said, tuple(Edit(*edit) for edit in edits))
        self.wire.send({"places": [[locate(edit) for edit in answer.edits]]})
        return answer

    @property
    def _forms(self) -> Forms[str | None]:
        return Forms(self._asked, lambda data, place: self.inner(CARRIED, data, place or "a file in a text"), self.note)

    def _asked(self, texts: Sequence[Text], locate: Callable[[int, Edit], str | None]) -> list[Redacted]:
        """As they stand there."""
        self.wire.send({"ask": [[each.text, list(each.names), each.prose] for each in texts]})
        answers = [Redacted(text, tuple(Edit(*edit) for edit in edits)) for text, edits in self._answer()["redacted"]]
        self.wire.send({"places": [[locate(i, edit) for edit in each.edits] for i, each in enumerate(answers)]})
        return answers

    def add(self, text: Text, apply: Apply, locate: Locate) -> None:
        """Have a text redacted once there are enough to search (`flush`): `apply` is called if it holds something."""
        if not text.text or text.text.isspace():
            return
        self._spots.append(_Spot(text, apply, locate))
        self._size += len(text.text)
        if self._size >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Have all added texts redacted now."""
        spots, self._spots, self._size = self._spots, [], 0
        answers = self.redacted([each.text for each in spots], lambda i, edit: spots[i].locate(edit))
        for spot, answer in zip(spots, answers, strict=True):
            if answer.edits:
                spot.apply(answer)

    def inner(self, name: str, data: bytes, place: str) -> bytes:
        """A document inside this one, redacted: an attachment, a member, an embedded file or picture.

        `place` goes before the places of what is found in it. Raises DocumentError, with the inner one's code, where it
        cannot be redacted: whether this one can be without it is for the caller to say.
        """
        if len(data) > self.limits.inner:
            raise DocumentError("too_large", f"A file inside the document has more than {self.limits.inner:,} bytes.")
        self.wire.send({"inner": name, "place": place}, data)
        message, redacted = self.wire.receive()
        if "refused" in message:
            raise DocumentError(*message["refused"])
        return bytes(redacted)

    def note(self, sentence: str) -> None:
        """Something the reader of the report has to know. Holds nothing of the document."""
        self.wire.send({"note": sentence})

    def look(self, how: str, pixels: bytes) -> bytes:
        """What is seen on a picture that is there as pixels alone, by a process that is given nothing else.

        `how` is what that one is told, and what it answers is between the two (`pictures.looking`). The same pixels are
        looked at once in a document, whoever asks. If that fails the document ends with it.
        """
        self.wire.send({"look": how}, pixels)
        return bytes(self.wire.receive()[1])

    def progress(self, consumed: int) -> None:
        """How many bytes of the source have been dealt with."""
        self.wire.send({"progress": consumed})

    def _answer(self) -> dict[str, Any]:
        message, _ = self.wire.receive()
        return message
