"""Texts that are redacted with what they say in another form (`escaped`, `carried`), whoever searches them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, TypeVar

from expunct_server.redaction.formats.common import DocumentError, TooManyFiles
from expunct_server.redaction.formats.isolated import carried, escaped
from expunct_server.redaction.formats.isolated.contents import Carried

_DEPTH: Final = 3
"""Forms inside forms; what is deeper is what the check of the written document is for."""
_FILE: Final = "Files that stood in texts or attributes as base64 and could not be read were taken out."
_MOST: Final = 64 << 20
"""Code points that data in texts may say that are asked about together."""
Place = TypeVar("Place")


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

    def moved(self, by: int) -> "Edit":
        """The same in a text that has so many code points more before it."""
        return self._replace(start=self.start + by, end=self.end + by)


class Redacted(NamedTuple):
    """A text after redaction; `edits` are in order and do not overlap."""

    text: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Forms(Generic[Place]):
    """Redacts texts and all that they say in another form. What is found is put into the text that holds it.

    `ask` searches texts as they stand there, and tells each finding with its place, which its second argument gives:
    for the number of a text and an edit of it. `inner` redacts a file or raises DocumentError, TooManyFiles beyond the
    limit; `note` tells a sentence.
    """

    ask: Callable[[Sequence[Text], Callable[[int, Edit], Place]], list[Redacted]]
    inner: Callable[[bytes, Place], bytes]
    note: Callable[[str], None]

    def redacted(self, texts: Sequence[Text], locate: Callable[[int, Edit], Place], depth: int = 0) -> list[Redacted]:
        """Each of them, in order; `depth` is how many forms they are inside of."""
        if not texts:
            return []
        answers = self.ask(texts, locate)
        if depth < _DEPTH:
            self.add(texts, answers, locate, depth + 1)
        return answers

    def add(
        self, texts: Sequence[Text], answers: list[Redacted], locate: Callable[[int, Edit], Place], depth: int = 1
    ) -> None:
        """To what was found in texts as they stand there, what they say in another form."""
        self._add_escaped(texts, answers, locate, depth)
        self._add_carried(texts, answers, locate, depth)

    def _add_escaped(
        self, texts: Sequence[Text], answers: list[Redacted], locate: Callable[[int, Edit], Place], depth: int
    ) -> None:
        """What is found in texts without their escapes."""
        plain = [(i, said) for i, t in enumerate(texts) if (said := escaped.unescaped(t.text, answers[i].edits))]

        def place(n: int, edit: Edit) -> Place:
            i, said = plain[n]
            return locate(i, escaped.placed(edit, said))  # of many findings in one stretch, as in data, all of it

        asked = [texts[i]._replace(text=said.text) for i, said in plain]
        for (i, said), answer in zip(plain, self.redacted(asked, place, depth), strict=True):
            answers[i] = _with(texts[i].text, answers[i], escaped.written(texts[i].text, answer.edits, said))

    def _add_carried(
        self, texts: Sequence[Text], answers: list[Redacted], locate: Callable[[int, Edit], Place], depth: int
    ) -> None:
        """What is found in data that texts carry; files that are not read go."""
        found = list(
            _bounded((i, each) for i, t in enumerate(texts) for each in carried.all_in(t.text, answers[i].edits))
        )
        said = [(i, each) for i, each in found if not each.is_file]
        asked = [Text(each.said, texts[i].names, texts[i].prose and bool(each.codec)) for i, each in said]
        made = self.redacted(asked, lambda n, edit: locate(said[n][0], _whole(said[n][1], edit)), depth)
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

    def _file(self, file: Carried, locate: Callable[[Edit], Place]) -> Edit | None:
        """What becomes of a file in a text; None if it stays."""
        edit = Edit(file.start, file.end, "", "", "")
        try:
            data = self.inner(file.data, locate(edit))
        except TooManyFiles:
            raise
        except DocumentError:
            self.note(_FILE)
            return edit
        return None if data == file.data else edit._replace(replacement=file.write(data))


def _bounded(found: Iterable[tuple[int, Carried]]) -> Iterator[tuple[int, Carried]]:
    """What is found, as long as it says no more than can be held. Raises DocumentError."""
    room = _MOST
    for i, each in found:
        room -= len(each.said)
        if room < 0:
            raise DocumentError(
                "too_large", "The document has texts that are packed into more than can be searched: split it."
            )
        yield i, each


def edited(text: str, edits: Sequence[Edit]) -> str:
    """The text with edits made, which are in order and do not overlap."""
    parts, position = [], 0
    for edit in edits:
        parts += [text[position : edit.start], edit.replacement]
        position = edit.end
    return "".join([*parts, text[position:]])


def _whole(data: Carried, edit: Edit) -> Edit:
    """An edit of what data says, as one of all of it."""
    return edit._replace(start=data.start, end=data.end)


def _with(text: str, answer: Redacted, more: Sequence[Edit]) -> Redacted:
    """The text redacted with edits added, which are where it has none."""
    if not more:
        return answer
    edits = sorted([*answer.edits, *(part for edit in more for part in _beside(edit, answer.edits))])
    return Redacted(edited(text, edits), tuple(edits))


def _beside(edit: Edit, taken: Sequence[Edit]) -> list[Edit]:
    """What of an edit is in none of these, which are in order."""
    parts = []
    for each in carried.within_of(taken, edit.start, edit.end):
        if each.start > edit.start:
            parts.append(edit._replace(end=each.start))
        edit = edit._replace(start=max(edit.start, each.end))
    return [*parts, edit] if edit.start < edit.end else parts
