"""What the module of a format is given in the document's own process."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final, NamedTuple

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated import hidden
from expunct_server.redaction.formats.isolated.limits import Limits
from expunct_server.redaction.formats.isolated.wire import Wire

BATCH: Final = 60_000
"""Code points of texts that are asked about together."""
UNSEEN: Final = "\u2060"
"""Draws nothing and divides no value: in the place of characters that are none of what people read."""
_MOST_TEXTS: Final = 50_000
"""Texts that are asked about in one frame."""


class Text(NamedTuple):
    """A text to be redacted. `names` are those of its column or keys, outermost first; `prose` False keeps models away
    from what is none, such as numbers."""

    text: str
    names: tuple[str, ...] = ()
    prose: bool = True


class Noise(str):
    """What looks like text in a written document's bytes and may be none, such as pixels: short values stand in it by
    chance and are not looked for (`removed.LEAST_IN_NOISE`)."""

    __slots__ = ()


class Lines(str):
    """Texts of a written document that are read one after the other, a line each (`removed.may_go_on`)."""

    __slots__ = ()


class Edit(NamedTuple):
    """One finding: code points `start` to `end` of the text become `replacement`. `method` is the operator's name."""

    start: int
    end: int
    replacement: str
    entity_type: str
    method: str


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


class Redacted(NamedTuple):
    """A text after redaction; `edits` are in order and do not overlap."""

    text: str
    edits: tuple[Edit, ...]


_FILE: Final = "Files that stood in texts or attributes as base64 and could not be read were taken out."

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
    whole of a process, since each run of the one around starts its own. `kept` is what the process of the survey of
    the same bytes has kept (`keep`); nothing where there was none. `password` is for a source that is encrypted, None
    where there is none; what is written is not encrypted, and is read again without it.
    """

    source: BinaryIO
    target: BinaryIO
    name: str | None
    limits: Limits
    wire: Wire = field(repr=False)
    preserve_labels: bool = True
    surveying: bool = False
    kept: bytes = field(default=b"", repr=False)
    password: str | None = field(default=None, repr=False)
    _spots: list[_Spot] = field(default_factory=list, repr=False)
    _size: int = 0

    def redacted(self, texts: Sequence[Text], locate: Callable[[int, Edit], str | None]) -> list[Redacted]:
        """Each text redacted, in order, with what it says in another form (`hidden`). `locate` says where an edit of
        the text of a number is, for the report."""
        made: list[Redacted] = []
        for first in range(0, len(texts), _MOST_TEXTS):
            part = texts[first : first + _MOST_TEXTS]
            made += self._redacted(part, lambda i, edit, first=first: locate(first + i, edit), 0)  # type: ignore[misc]
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

    def _redacted(self, texts: Sequence[Text], locate: Callable[[int, Edit], str | None], depth: int) -> list[Redacted]:
        if not texts:
            return []
        self.wire.send({"ask": [[each.text, list(each.names), each.prose] for each in texts]})
        answers = [Redacted(text, tuple(Edit(*edit) for edit in edits)) for text, edits in self._answer()["redacted"]]
        places = [[locate(i, edit) for edit in answer.edits] for i, answer in enumerate(answers)]
        self.wire.send({"places": places})
        if depth < hidden.DEPTH:
            self._add_escaped(texts, answers, locate, depth + 1)
            self._add_carried(texts, answers, locate, depth + 1)
        return answers

    def _add_escaped(
        self, texts: Sequence[Text], answers: list[Redacted], locate: Callable[[int, Edit], str | None], depth: int
    ) -> None:
        """What is found in texts without their escapes."""
        plain = [(i, said) for i, t in enumerate(texts) if (said := hidden.unescaped(t.text, answers[i].edits))]

        def place(n: int, edit: Edit) -> str | None:
            i, said = plain[n]
            return locate(i, hidden.written(texts[i].text, edit, said))

        asked = [texts[i]._replace(text=said.text) for i, said in plain]
        for (i, said), answer in zip(plain, self._redacted(asked, place, depth), strict=True):
            edits = [hidden.written(texts[i].text, edit, said) for edit in answer.edits]
            answers[i] = _with(texts[i].text, answers[i], edits)

    def _add_carried(
        self, texts: Sequence[Text], answers: list[Redacted], locate: Callable[[int, Edit], str | None], depth: int
    ) -> None:
        """What is found in data that texts carry; files that are not read go."""
        found = [(i, each) for i, text in enumerate(texts) for each in hidden.carried(text.text, answers[i].edits)]
        said = [(i, each) for i, each in found if not each.is_file]
        asked = [Text(each.said, texts[i].names, texts[i].prose and bool(each.codec)) for i, each in said]
        made = self._redacted(asked, lambda n, edit: locate(said[n][0], _whole(said[n][1], edit)), depth)
        new: dict[int, list[Edit]] = {}
        for (i, each), answer in zip(said, made, strict=True):
            if answer.edits:
                label = each.write(answer.text.encode(each.codec)) if each.codec else answer.edits[0].replacement
                new.setdefault(i, []).append(_whole(each, answer.edits[0])._replace(replacement=label))
        for i, each in found:
            if each.is_file and (edit := self._file(each, lambda edit, i=i: locate(i, edit))):  # type: ignore[misc]
                new.setdefault(i, []).append(edit)
        for i, edits in new.items():
            answers[i] = _with(texts[i].text, answers[i], edits)

    def _file(self, carried: hidden.Carried, locate: Locate) -> Edit | None:
        """What becomes of a file in a text; None if it stays."""
        edit = Edit(carried.start, carried.end, "", "", "")
        try:
            data = self.inner("carried", carried.data, locate(edit) or "a file in a text")
        except DocumentError:
            self.note(_FILE)
            return edit
        return None if data == carried.data else edit._replace(replacement=carried.write(data))

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

    def keep(self, reading: bytes) -> None:
        """What of a document inside another the second run should know, so that it is not read twice."""
        self.wire.send({"kept": True}, reading)

    def progress(self, consumed: int) -> None:
        """How many bytes of the source have been dealt with."""
        self.wire.send({"progress": consumed})

    def _answer(self) -> dict[str, Any]:
        message, _ = self.wire.receive()
        return message


def edited(text: str, edits: Sequence[Edit]) -> str:
    """The text with edits made, which are in order and do not overlap."""
    parts, position = [], 0
    for edit in edits:
        parts += [text[position : edit.start], edit.replacement]
        position = edit.end
    return "".join([*parts, text[position:]])


def _whole(carried: hidden.Carried, edit: Edit) -> Edit:
    """An edit of what data says, as one of all of it."""
    return edit._replace(start=carried.start, end=carried.end)


def _with(text: str, answer: Redacted, more: Sequence[Edit]) -> Redacted:
    """The text redacted with edits added, which are where it has none."""
    if not more:
        return answer
    edits = sorted([*answer.edits, *(part for edit in more for part in _beside(edit, answer.edits))])
    return Redacted(edited(text, edits), tuple(edits))


def _beside(edit: Edit, taken: Sequence[Edit]) -> list[Edit]:
    """What of an edit is in none of these."""
    parts = []
    for each in taken:
        if each.start < edit.end and each.end > edit.start:
            if each.start > edit.start:
                parts.append(edit._replace(end=each.start))
            edit = edit._replace(start=max(edit.start, each.end))
    return [*parts, edit] if edit.start < edit.end else parts
