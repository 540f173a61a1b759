"""What the module of a format is given in the document's own process."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final, NamedTuple

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.limits import Limits
from expunct_server.redaction.formats.isolated.wire import Wire

BATCH: Final = 60_000
"""Code points of texts that are asked about together."""


class Text(NamedTuple):
    """A text to be redacted. `names` are those of its column or keys, outermost first; `prose` False keeps models away
    from what is none, such as numbers."""

    text: str
    names: tuple[str, ...] = ()
    prose: bool = True


class Edit(NamedTuple):
    """One finding: code points `start` to `end` of the text become `replacement`. `method` is the operator's name."""

    start: int
    end: int
    replacement: str
    entity_type: str
    method: str


class Mark(NamedTuple):
    """Where on a page something was removed, in the page's own units, and what stands there now."""

    left: float
    low: float
    right: float
    high: float
    label: str


class Redacted(NamedTuple):
    """A text after redaction; `edits` are in order and do not overlap."""

    text: str
    edits: tuple[Edit, ...]


Apply = Callable[[Redacted], None]
Locate = Callable[[Edit], str | None]


@dataclass(slots=True)
class _Spot:
    text: Text
    apply: Apply
    locate: Locate


@dataclass(slots=True)
class Work:
    """One document on its way. `source` is seekable and at its start; `name` is the file's, if it has one.

    `surveying` is True in the first of the two runs, whose output nobody sees; for a document inside another in the
    whole of a process, since each run of the one around starts its own.
    """

    source: BinaryIO
    target: BinaryIO
    name: str | None
    limits: Limits
    wire: Wire = field(repr=False)
    preserve_labels: bool = True
    surveying: bool = False
    _spots: list[_Spot] = field(default_factory=list, repr=False)
    _size: int = 0

    def redacted(self, texts: Sequence[Text], locate: Callable[[int, Edit], str | None]) -> list[Redacted]:
        """Each text redacted, in order. `locate` says where an edit of the text of a number is, for the report."""
        if not texts:
            return []
        self.wire.send({"ask": [[each.text, list(each.names), each.prose] for each in texts]})
        answers = [Redacted(text, tuple(Edit(*edit) for edit in edits)) for text, edits in self._answer()["redacted"]]
        places = [[locate(i, edit) for edit in answer.edits] for i, answer in enumerate(answers)]
        self.wire.send({"places": places})
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
        return redacted

    def note(self, sentence: str) -> None:
        """Something the reader of the report has to know. Holds nothing of the document."""
        self.wire.send({"note": sentence})

    def progress(self, consumed: int) -> None:
        """How many bytes of the source have been dealt with."""
        self.wire.send({"progress": consumed})

    def _answer(self) -> dict[str, Any]:
        message, _ = self.wire.receive()
        return message
