"""The codes of fields of Word documents (ECMA-376 part 1, 17.16.5), and the names of bookmarks, styles, properties and
variables in them, which have to be those that the document has."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from expunct_server.redaction.formats.isolated.work import Edit, edited
from expunct_server.redaction.formats.office.names import Names

ATTRIBUTE: Final = ("fldSimple", "instr")
"""The element and attribute that hold a whole code."""
_QUOTED: Final = re.compile(r'(?<!\\[@#] )["“”]([^"“”]*)["“”]')  # but for pictures of dates and numbers
_NAME: Final = r"(?:\"([^\"]*)\"|([^\s\"\\]+))"
_REFERRING: Final = re.compile(
    r"(?<![\w\\])(?:REF|PAGEREF|NOTEREF|STYLEREF|GOTOBUTTON|SET|ASK|DOCPROPERTY|DOCVARIABLE)\s{1,9}" + _NAME
    + r"|\\[lb]\s{1,9}" + _NAME
    + r"|(?<!\w)HYPERLINK\s{1,9}\"#([^\"]*)\"",
    re.IGNORECASE,
)  # fmt: skip


def words(code: str) -> Iterator[tuple[int, str]]:
    """Where people write words in a code, and these: what is in quotes."""
    for match in _QUOTED.finditer(code):
        yield match.start(1), match[1]


def named(code: str, edits: Sequence[Edit], given: Names) -> tuple[Edit, ...]:
    """Edits of a code, which are in order, with those of a name as one of all of it: what it is called now."""
    made: list[Edit] = []
    first = 0  # of those that are not behind us
    for start, end in _names(code):
        while first < len(edits) and edits[first].start < start:
            made.append(edits[first])
            first += 1
        last = first
        while last < len(edits) and edits[last].end <= end:
            last += 1
        if within := edits[first:last]:
            old = code[start:end]
            new = edited(old, [edit.moved(-start) for edit in within])
            made.append(within[0]._replace(start=start, end=end, replacement=given.of(old, new)))
            first = last
    return (*made, *edits[first:])


def _names(code: str) -> Iterator[tuple[int, int]]:
    for match in _REFERRING.finditer(code):
        yield match.span(match.lastindex or 0)
