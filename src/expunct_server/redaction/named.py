"""Values that plain text gives names to: cells below the head of a table, strings behind the keys of JSON and of logs.

They are searched as the values of a spreadsheet are: each with its name in front as its label, and by the table of
names in `hints`. A table is two lines or more that are divided as often, the first into short names; prose is none.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from expunct_server.redaction import hints
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.matching import table
from expunct_server.redaction.patterns.row import STOP
from expunct_server.redaction.wanted import Wanted

_DIVIDERS: Final = ("\t", "|", ",", ";")
_LONGEST: Final = 4_000
"""Code points of a line beyond which it is no row of a table that somebody wrote into a text."""
_MOST: Final = 64
_NAME = re.compile(r"[ \"*]{0,4}[^\W\d][\w .#/()'’°&-]{0,39}[ \"*]{0,4}")
_RULE = re.compile(r"[ |:+=-]+")
_EDGE: Final = ' \t"*\r'
_PAIR = re.compile(
    r"(?<![\w.-])[\"']?(?P<name>[A-Za-z_][\w-]{0,40})(?:[\"'] ?: ?|=)"
    r"(?:\"(?P<d>[^\"\n\x00]{1,200})\"|'(?P<s>[^'\n\x00]{1,200})'|(?P<p>[^\s\"',;&(){}\[\]\x00]{1,100}))"
)
_PAIRED = re.compile(r"[\"'] ?:|=")
_AMBIGUOUS: Final = frozenset({"name", "names", "owner", "user", "author", "account", "title"})
"""Names whose values are often no person's: they count in company only."""
_COMPANY = re.compile(
    r"e ?mail|phone|dob|birth|address|age|gender|sex|role|job|position|department|ssn|mrn|salary|nationality"
    r"|(?:first|last|sur) ?name|passport|licen[sc]e|city|street|npi|dea|visa|patient|employee|guest"
)


@dataclass(frozen=True, slots=True)
class _Named:
    """A value, where it starts in the text, and what it is called."""

    name: str
    start: int
    text: str


def find(text: str, wanted: Wanted) -> list[Finding]:
    """What names give away in `text`, unsettled; offsets are in it. Raises as `matching.table.find` does."""
    named = [*_cells(text), *_pairs(text)]
    if not named:
        return []
    found = [f.moved(value.start) for value in named for f in hints.find(value.text, (value.name,), wanted)]
    return found + _by_label(named, wanted)


def _by_label(named: Sequence[_Named], wanted: Wanted) -> list[Finding]:
    """Findings of the table of patterns in values that stand below their names, walled off from each other."""
    parts: list[str] = []
    starts: list[int] = []
    length = 0
    for value in named:
        head = f"{STOP}{hints.plain_name(value.name)}:\n"
        starts.append(length + len(head))
        parts += [head, value.text, "\n"]
        length += len(head) + len(value.text) + 1
    found = sorted(table.find("".join(parts), wanted), key=lambda f: f.start)
    placed: list[Finding] = []
    values = iter(zip(named, starts, strict=True))
    value, start = next(values)
    for finding in found:
        while finding.start >= start + len(value.text) and (following := next(values, None)):
            value, start = following
        if start <= finding.start and finding.end <= start + len(value.text):
            placed.append(finding.moved(value.start - start))
    return placed


def _cells(text: str) -> Iterator[_Named]:
    divider, names, offset = "", [""], 0
    lines = text.split("\n")
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if names[1:]:
            cells = _divided(line, divider)
            if len(cells) == len(names):
                if not _RULE.fullmatch(line.rstrip("\r")):
                    yield from _named(names, cells, offset)
                offset += len(line) + 1
                continue
        divider, names = _head(line, following)
        offset += len(line) + 1


def _head(line: str, following: str) -> tuple[str, list[str]]:
    """What divides a table that begins with this line, and the names of its columns; no names where none begins."""
    for divider in _DIVIDERS:
        count = line.count(divider)
        if not count or count > _MOST or following.count(divider) < count or len(line) > _LONGEST:
            continue
        if divider in ",;" and (divider + " ") in line:
            continue
        cells = [cell.strip(_EDGE) for _, cell in _divided(line, divider)]
        told = [cell for cell in cells if cell]
        if len(told) > 1 and len(set(told)) == len(told) and all(_NAME.fullmatch(cell) for cell in told):
            return divider, _telling(cells)
    return "", [""]


def _telling(names: Sequence[str]) -> list[str]:
    """The names, those that may mean anything left out where no other speaks of people."""
    plain = [hints.plain_name(name) for name in names]
    in_company = any(_COMPANY.search(name) for name in plain)
    return [name if in_company or p not in _AMBIGUOUS else "" for name, p in zip(names, plain, strict=True)]


def _divided(line: str, divider: str) -> list[tuple[int, str]]:
    """The cells of a line with their starts in it; a divider inside double quotes is none."""
    if len(line) > _LONGEST:
        return []
    cells: list[tuple[int, str]] = []
    start, quoted = 0, False
    for i, character in enumerate(line):
        if character == '"':
            quoted = not quoted
        elif character == divider and not quoted:
            cells.append((start, line[start:i]))
            start = i + 1
    return [*cells, (start, line[start:])]


def _named(names: Sequence[str], cells: Iterable[tuple[int, str]], offset: int) -> Iterator[_Named]:
    for name, (start, cell) in zip(names, cells, strict=True):
        value = cell.strip(_EDGE)
        if name and value:
            yield _Named(name, offset + start + cell.index(value), value)


def _pairs(text: str) -> Iterator[_Named]:
    """Strings behind keys that `hints` knows or that are written in one word, which labels of the table are not."""
    if not _PAIRED.search(text):
        return
    for match in _PAIR.finditer(text):
        name = match["name"]
        plain = hints.plain_name(name)
        if plain in _AMBIGUOUS or not (hints.hints_for((name,)) or (plain != name.lower() and "_" not in name)):
            continue
        group = "d" if match["d"] else "s" if match["s"] else "p"
        yield _Named(name, match.start(group), match[group])
