"""What goes on from one text to the next that is read after it: paragraphs, the cells of a row, those of a column."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import Final, NamedTuple, Protocol

from expunct_server.redaction.formats.isolated.work import Edit, Work

_ENOUGH: Final = 50_000
"""Code points that are asked about together."""
_AGAIN: Final = 500
"""Code points at the end of them that are asked about again, with what follows."""


class Read(Protocol):
    """A text, and what to do about edits of it, which are in order."""

    @property
    def text(self) -> str: ...

    def take(self, edits: tuple[Edit, ...]) -> None: ...


class Line(NamedTuple):
    """One of the texts: where it is, and how it is read, which may be again once something of it was taken out."""

    place: str
    read: Callable[[], Read]


def ask(work: Work, lines: Iterable[Line]) -> None:
    """Take out what the document is known to lose where it goes on from one line to the next."""
    if work.surveying:
        return
    waiting: list[Line] = []
    reads: list[Read] = []
    size = 0
    for line in lines:
        read = line.read()
        if not read.text.strip():
            continue
        waiting.append(line)
        reads.append(read)
        size += len(read.text)
        if size >= _ENOUGH:
            _ask(work, waiting, reads)
            waiting = _last(waiting, reads)
            reads = [each.read() for each in waiting]
            size = 0
    _ask(work, waiting, reads)


def _last(lines: list[Line], reads: list[Read]) -> list[Line]:
    size, first = 0, len(lines)
    while first > 1 and size < _AGAIN:
        first -= 1
        size += len(reads[first].text)
    return lines[first:]


def _ask(work: Work, lines: Sequence[Line], reads: Sequence[Read]) -> None:
    starts = list(accumulate((len(each.text) + 1 for each in reads), initial=0))
    text = "\n".join(each.text for each in reads)
    answer = work.going_on(text, lambda edit: lines[_at(starts, edit.start)].place)
    taken: dict[int, list[Edit]] = {}
    for edit in answer.edits:
        replacement = edit.replacement
        for number in range(_at(starts, edit.start), _at(starts, edit.end - 1) + 1):
            low, high = (min(max(at - starts[number], 0), len(reads[number].text)) for at in (edit.start, edit.end))
            if low < high:
                taken.setdefault(number, []).append(Edit(low, high, replacement, edit.entity_type, edit.method))
                replacement = ""
    for number, edits in taken.items():
        reads[number].take(tuple(edits))


def _at(starts: Sequence[int], position: int) -> int:
    return bisect_right(starts, position) - 1
