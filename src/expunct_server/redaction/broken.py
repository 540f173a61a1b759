"""Values that a line break splits, or a tab between groups of digits: `415-555-\\n2671`, `jane@\\nexample.com`.

Only breaks are looked at, and a window around each is read as if it were not there: joined behind a hyphen, `@` or
dot, else with a blank in its place. Numbers stand below each other in lists, tables and logs too, so only that counts
which a check confirms and whose form leaves no doubt.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from expunct_server.redaction.findings import Finding
from expunct_server.redaction.matching import table
from expunct_server.redaction.patterns import PATTERNS, Pattern, checks_phone
from expunct_server.redaction.patterns.checks import digits_of
from expunct_server.redaction.wanted import Wanted

_JOINING: Final = "-@."
_LONGEST: Final = 48
"""Code points of what a value has before a break, at most."""
_BEFORE: Final = 160
_BEHIND: Final = 96
"""Code points of a window on the two sides of a break, for the value and words about it."""
_LINE_BREAK = re.compile(
    r"\n(?:(?<=[-@.)0-9A-Z]\n)|(?<=[-@.)0-9A-Z][ \t\r]\n)|(?<=[-@.)0-9A-Z] \r\n)|(?<=[a-z]\n)(?=[ \t]{0,40}@))"
    r"[ \t]{0,40}(?=[0-9(@a-z]|[A-Z]{4}[ ][0-9])"
)
_TAB = re.compile(r"\t(?<=[-)0-9]\t)(?=[0-9(])")

_CARD_BEFORE = re.compile(r"(?<![\w.+-])(?<!\d[ \t-])(?:[3-6]\d{3}(?:[ -]\d{4}){0,2}|3[47]\d\d(?:[ -]\d{6})?)-?\Z")
_CARD_BEHIND = re.compile(r"(?:\d{4}|\d{6})(?![0-9A-Za-z])")
_CARD = re.compile(r"\d{4}([ -])\d{4}\1\d{4}\1\d{4}|\d{4}([ -])\d{6}\2\d{5}")
_COLUMN_BEHIND = re.compile(r"[ \t]{0,8}[0-9]")
_IBAN_BEFORE = re.compile(r"(?<![A-Za-z0-9_-])[A-Z]{2}\d\d(?:[ -][A-Z0-9]{4}){0,7}-?\Z")
_SSN_BEFORE = re.compile(r"(?<![\w.-])\d{3}-(?:\d\d-)?\Z")
_PLUS_BEFORE = re.compile(r"\+[ ]?\(?[1-9]\d{0,4}\)?(?:(?:(?:[ .-]|(?<=\)))\(?\d{1,12}\)?){1,5}-?|-)\Z")
_AREA_BEFORE = re.compile(r"(?:[2-9]\d\d-|\([2-9]\d\d\)|[2-9]\d\d[-.) /]{1,2}[2-9]\d\d-)\Z")
_MAIL_BEFORE = re.compile(r"[\w.%+~-]@(?:[A-Za-z0-9-]{1,63}\.)?\Z")
_LOCAL_BEFORE = re.compile(r"(?<![\w.@-])(?=[a-z]*[0-9._])[a-z][a-z0-9._+-]*\Z")
_DOMAIN = re.compile(r"@?(?:[a-z0-9-]{1,63}\.){0,8}([a-z]{2,24})(?![\w(@-]|\.\w)")
_USUAL: Final = frozenset({
    "com", "org", "net", "edu", "gov", "mil", "int", "info", "biz", "dev", "app", "io", "de", "fr", "es", "nl", "pl",
    "cz", "eu", "uk", "ch", "ca", "au", "jp",
})  # fmt: skip
"""Last parts of domains by which what has no dot of its own is taken for one."""


@dataclass(frozen=True, slots=True)
class _Window:
    """The text about a break without it: what comes before, what stands in for it, what follows."""

    before: str = field(repr=False)
    glue: str
    behind: str = field(repr=False)
    start: int
    following: int

    @property
    def text(self) -> str:
        return self.before + self.glue + self.behind

    def source(self, position: int) -> int:
        """Where a position of the window, which is not in the glue, is in the text."""
        inner = position - len(self.before) - len(self.glue)
        return self.following + inner if inner >= 0 else self.start + position


def find(text: str, wanted: Wanted) -> list[Finding]:
    """Broken values in `text`, unsettled. Raises as `matching.table.find` does."""
    least = wanted.by_type()
    found: list[Finding] = []
    for match in (*_LINE_BREAK.finditer(text), *(_TAB.finditer(text) if "\t" in text else ())):
        start = max(0, match.start() - _BEFORE)
        before = text[start : match.start()].rstrip(" \t\r")
        behind = text[match.end() : match.end() + _BEHIND]
        for name in _likely(before, behind):
            row = _rows()[name]
            if row.entity_type in least:
                glue = "" if before[-1] in _JOINING or behind[0] == "@" else " "
                window = _Window(before, glue, behind, start, match.end())
                found += _broken(row, window, least[row.entity_type], text)
    return found


@cache
def _rows() -> dict[str, Pattern]:
    return {row.name: row for row in PATTERNS}


def _likely(before: str, behind: str) -> Iterator[str]:
    """The names of the rows that may have a value across the break, by its two sides; most breaks have none."""
    last, first = before[-1:], behind[0]
    if last in "@." or first == "@":
        if last and _is_mail(before, behind):
            yield "email"
        return
    if first.islower():
        return
    tail = max(before.rfind("\n") + 1, len(before) - _LONGEST)
    if _CARD_BEHIND.match(behind) and _CARD_BEFORE.search(before, tail):
        yield "credit_card"
    if _IBAN_BEFORE.search(before, tail):
        yield "iban"
    if before.find("+", tail) >= 0 and _PLUS_BEFORE.search(before, tail):
        yield "phone_international"
    elif last in "-)":
        if _SSN_BEFORE.search(before, tail):
            yield "us_ssn"
        if _AREA_BEFORE.search(before, tail):
            yield "phone_north_america"


def _is_mail(before: str, behind: str) -> bool:
    """Whether an address goes on behind the break; the dot of a sentence's end, or an `@` of code, is none."""
    domain = _DOMAIN.match(behind)
    if not domain:
        return False
    if behind[0] == "@":
        return "." in domain[0] and domain[1] in _USUAL and _LOCAL_BEFORE.search(before) is not None
    dotted = "." in domain[0] or (before[-1] == "." and domain[1] in _USUAL)
    return dotted and _MAIL_BEFORE.search(before) is not None


def _broken(row: Pattern, window: _Window, threshold: float, text: str) -> Iterator[Finding]:
    """What the row finds across the break, in the text."""
    cut = len(window.before)
    for found in table.run_row(row, window.text, threshold):
        if found.start < cut and found.end > cut + len(window.glue) and _is_sure(row, window, found):
            start, end = window.source(found.start), window.source(found.end - 1) + 1
            yield Finding(found.entity_type, start, end, found.score, text[start:end], found.recognizer, found.check)


def _is_sure(row: Pattern, window: _Window, found: Finding) -> bool:
    """Whether the two halves belong together, beyond what the row checks."""
    first, second = window.before[found.start :], found.text[len(window.before) - found.start + len(window.glue) :]
    if row.name == "credit_card":
        return _CARD.fullmatch(found.text) is not None and (not window.glue or _is_in_prose(window, found))
    if row.name == "iban":
        return found.text.isupper()
    if row.name == "phone_international":
        return len(digits_of(second)) > 1 and (not window.glue or (_is_begun(first) and _is_in_prose(window, found)))
    return True


def _is_begun(first: str) -> bool:
    """Whether a number with a plus sign is not whole yet, and more than a country's code."""
    return len(digits_of(first)) > 3 and checks_phone.international(first) < len(first)


def _is_in_prose(window: _Window, found: Finding) -> bool:
    """Whether a word stands on one of the two lines, and no other number beside the two halves, as in a table."""
    line = window.before[: found.start].rpartition("\n")[2]
    rest = window.text[found.end :].partition("\n")[0]
    return any(c.isalpha() for c in line + rest) and not _COLUMN_BEHIND.match(rest)
