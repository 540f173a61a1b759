"""From the places of findings to marks on a page."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from expunct_server.redaction.formats.isolated.work import Mark

_BOX: Final = re.compile(r"(?:page (\d{1,6}), )?box (-?\d{1,7}) (-?\d{1,7}) (-?\d{1,7}) (-?\d{1,7})")
MOST: Final = 5_000
"""Marks on one page: more cannot be told apart."""


class Placed(NamedTuple):
    """A finding's `location` and what it has become."""

    location: str | None
    redacted: str


def marks_on(page: int, findings: Iterable[Placed]) -> list[Mark]:
    """The boxes of those that are on the page, from 1; a picture of one page names none. At most `MOST`."""
    marks: list[Mark] = []
    for finding in findings:
        match = _BOX.fullmatch(finding.location or "")  # not what is in an attachment, which has pages of its own
        if match and int(match[1] or 1) == page and len(marks) < MOST:
            left, low, right, high = (float(match[i]) for i in range(2, 6))
            marks.append(Mark(left, low, right, high, finding.redacted))
    return marks
