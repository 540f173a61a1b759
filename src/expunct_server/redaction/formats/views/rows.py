"""What stands below each other in a view: headings, texts with captions, and what was removed and has no frame."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from expunct_server.redaction.formats.marks import Placed
from expunct_server.redaction.formats.views.pieces import Piece, Span, around

_TECHNICAL: Final = re.compile(
    r"(?:attribute|name|end of|set of|content type|namespace|link|tag|HTML tag|boundary|control word|declaration"
    r"|instruction|field)(?: .*)?"
)
"""The last part of places whose texts are no reading matter: shown where something was removed from them alone."""
_ONCE: Final = re.compile(r"(?:paragraph|cell) \w+(?:, as it was)?")
"""The end of places that have one text, which may have been read in several ways."""
_FIRST: Final = re.compile(r"header (?:From|Sender|To|Cc|Bcc|Subject|Date)")
_LAST: Final = re.compile(
    r"(?:picture|embedded file|set of|name of|transport headers?|RTF body|HTML body|(?:custom )?properties|meta"
    r"|settings|styles)\b"
)
"""Places that people look at before a document's text, and after it; documents are not read in that order."""
_MOST_LISTED: Final = 20  # places, in one list
_CUT: Final = "More is said here than can be shown: the view ends."
_NOTHING: Final = "The document says nothing that can be shown."

Line = list[int]
"""Numbers of the pieces that stand in one line."""


class Drawn(NamedTuple):
    """The number of a picture, which page of it, from 1, and how many lines it takes."""

    number: int
    page: int
    lines: int


class Row(NamedTuple):
    """A line before it is broken: of one `kind`, "heading", "text", "note" or "picture". `frames` are stretches of the
    text; `picture` is which is drawn there."""

    kind: str
    caption: str
    text: str
    frames: list[Span]
    picture: Drawn | None = None


def rows(
    pieces: Sequence[Piece],
    frames: Sequence[list[Span]],
    left: Sequence[Placed],
    pages: Sequence[Sequence[Drawn]],
    *,
    whole: bool,
) -> list[Row]:
    """All rows of a view. What is `left` is listed where its place ends; not where the view was cut, which is told.
    `pages` are those that are shown of each picture."""
    lines = sorted(_shown(pieces, frames), key=lambda line: _rank(pieces[line[0]].place))
    lists = _lists(pieces, lines, left if whole else ())
    made: list[Row] = []
    heading = caption = ""
    for number, line in enumerate(lines):
        first = pieces[line[0]]
        if first.heading != heading:
            made.append(Row("heading", "", first.heading, []))
            caption = ""
        made.append(_row(pieces, frames, line, "" if first.caption == caption else first.caption or ""))
        if first.picture is not None:
            made += [Row("picture", f"page {each.page}", "", [], each) for each in pages[first.picture]]
        heading, caption = first.heading, first.caption or ""
        made += lists.get(number, ())
    made += lists.get(len(lines), ())
    if not whole:
        made.append(Row("note", "", _CUT, []))
    return made or [Row("note", "", _NOTHING, [])]


def _rank(place: str) -> int:
    return 0 if _FIRST.fullmatch(place) else 2 if _LAST.match(place) else 1


def _row(pieces: Sequence[Piece], frames: Sequence[list[Span]], line: Line, caption: str) -> Row:
    spans: list[Span] = []
    shift = 0
    for number in line:
        spans += [(start + shift, end + shift) for start, end in frames[number]]
        shift += len(pieces[number].text)
    text = "".join(pieces[number].text for number in line)
    return Row("note" if pieces[line[0]].is_note else "text", caption, text, spans)


def _shown(pieces: Sequence[Piece], frames: Sequence[list[Span]]) -> Iterator[Line]:
    """Lines that are shown: all with frames; of others no technical ones, nor the same a second time."""
    seen: set[tuple[str, str]] = set()
    for line in _lines(pieces):
        first = pieces[line[0]]
        parts = first.place.rsplit(", ", 2)
        known = (first.place, first.text) in seen
        if _ONCE.fullmatch(parts[-1]) or _ONCE.fullmatch(", ".join(parts[-2:])):
            seen.add((first.place, first.text))
        if any(frames[number] for number in line) or not (known or _TECHNICAL.fullmatch(parts[-1])):
            yield line


def _lines(pieces: Sequence[Piece]) -> Iterator[Line]:
    line: Line = []
    for number, piece in enumerate(pieces):
        if piece.caption is not None and line:
            yield line
            line = []
        line.append(number)
    if line:
        yield line


def _lists(pieces: Sequence[Piece], lines: Sequence[Line], left: Sequence[Placed]) -> dict[int, list[Row]]:
    """Rows that tell what was removed and has no frame, by the line after which they stand, or the number of lines."""
    ends: dict[str, int] = {}
    wanted = {place for finding in left for place in around(finding.location or "")}
    for number, line in enumerate(lines):
        ends |= dict.fromkeys(wanted.intersection(place for n in line for place in around(pieces[n].place)), number)
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for finding in left:
        here = next((ends[place] for place in around(finding.location or "") if place in ends), len(lines))
        at = f" at {finding.location}" if finding.location else ""
        found[here][f"{finding.entity_type or 'something'}{at}"] += 1
    return {number: _list(counts) for number, counts in found.items()}


def _list(counts: Counter[str]) -> list[Row]:
    said = [what + (f" ({count})" if count > 1 else "") for what, count in list(counts.items())[:_MOST_LISTED]]
    more = sum(list(counts.values())[_MOST_LISTED:])
    return [Row("note", "", f"Also removed: {'; '.join(said)}{f'; and {more} more' if more else ''}.", [])]
