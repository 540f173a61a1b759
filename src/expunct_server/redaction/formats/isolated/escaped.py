"""What a text says without its escapes: percent signs, character references, soft hyphens, `_x0040_` (ECMA-376,
22.9.2.19), quoted-printable and more. What is found there is put into the text that holds it."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from expunct_server.redaction import escapes

if TYPE_CHECKING:
    from expunct_server.redaction.formats.isolated.forms import Edit

_MASK: Final = "\ufffc"  # for what is already replaced


class Plain(NamedTuple):
    """A text without escapes. Stretches of it begin at `starts`, in the original at `origins`; a stretch is `as_is`, or
    one character for an escape."""

    text: str
    starts: list[int]
    origins: list[int]
    as_is: list[bool]

    def origin(self, at: int) -> int:
        """Where in the original the character at a place begins."""
        i = bisect_right(self.starts, at) - 1
        return self.origins[i] + (at - self.starts[i] if self.as_is[i] else 0)

    def end(self, at: int) -> int:
        """Where in the original the character at a place ends: an escape of several characters is taken whole."""
        i = bisect_right(self.starts, at) - 1
        if self.as_is[i]:
            return self.origin(at) + 1
        return self.origins[bisect_right(self.origins, self.origins[i])]


def unescaped(text: str, taken: Sequence["Edit"]) -> Plain | None:
    """The text without escapes and without what is already replaced; None where it has no escapes."""
    if not escapes.may_be_in(text):
        return None
    made = _Unescaping(text)
    position = 0
    for edit in taken:
        made.take(position, edit.start)
        made.put(_MASK, edit.start)
        position = edit.end
    made.take(position, len(text))
    made.put("", len(text))
    return Plain("".join(made.parts), made.starts, made.origins, made.as_is) if made.has_escapes else None


class _Unescaping:
    def __init__(self, text: str) -> None:
        self.text = text
        self.charsets = escapes.Charsets(text)
        self.is_quoted = "quoted-printable" in text.lower()
        self.parts: list[str] = []
        self.starts: list[int] = []
        self.origins: list[int] = []
        self.as_is: list[bool] = []
        self.has_escapes = False
        self._length = 0

    def take(self, start: int, end: int) -> None:
        for found in escapes.ESCAPE.finditer(self.text, start, end):
            said = escapes.characters(found, self.charsets, is_quoted=self.is_quoted)
            if said is None:
                continue
            self.put(self.text[start : found.start()], start, as_is=True)
            at = found.start()
            for each, width in said:
                self.put(each, at)
                at += width
            self.has_escapes = True
            start = found.end()
        self.put(self.text[start:end], start, as_is=True)

    def put(self, said: str, origin: int, *, as_is: bool = False) -> None:
        self.parts.append(said)
        self.starts.append(self._length)
        self.origins.append(origin)
        self.as_is.append(as_is)
        self._length += len(said)


def placed(edit: "Edit", plain: Plain) -> "Edit":
    """An edit of what is without escapes, where it is in the original."""
    return edit._replace(start=plain.origin(edit.start), end=plain.end(edit.end - 1))


def written(text: str, edits: Iterable["Edit"], plain: Plain) -> list["Edit"]:
    """Edits of what is without escapes, which are in order, as some of the original: all in one escape are one."""
    found = groupby((placed(edit, plain) for edit in edits), key=lambda edit: (edit.start, edit.end))
    return [_written(text, list(each)) for _, each in found]


def _written(text: str, edits: list["Edit"]) -> "Edit":
    """Edits of the same stretch of the original, as one."""
    first, label = edits[0], "".join(edit.replacement for edit in edits)
    start, end = first.start, first.end
    is_address = "%" in text[start:end] and " " not in text[start:end]
    tags = (m[0] for m in escapes.ESCAPE.finditer(text, start, end) if m["tag"])  # those around stay closed
    return first._replace(replacement=(quote(label) if is_address else label) + "".join(tags))
