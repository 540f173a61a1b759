"""From the places of findings to marks on a page."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from expunct_server.redaction.formats.isolated.work import Mark

_BOX = re.compile(r"box (-?\d{1,7}) (-?\d{1,7}) (-?\d{1,7}) (-?\d{1,7})")
_PLACE = re.compile(rf"(?:page (\d{{1,6}}), )?(as it is seen, )?(?:code, )?(?:{_BOX.pattern})(?: and {_BOX.pattern})*")
MOST: Final = 5_000
"""Marks on one page: more cannot be told apart."""


class Placed(NamedTuple):
    """A finding's `location` and what it has become; from where to where it was in the text of that place."""

    location: str | None
    redacted: str
    entity_type: str = ""
    start: int = 0
    end: int = 0


def marks_on(page: int, findings: Iterable[Placed]) -> list[Mark]:
    """The boxes of those that are on the page, from 1; a picture of one page names none. At most `MOST`.

    What goes over the end of a line has several.
    """
    marks: list[Mark] = []
    for finding in findings:
        match = _PLACE.fullmatch(finding.location or "")  # not what is in an attachment, which has pages of its own
        if match and int(match[1] or 1) == page:
            for each in _BOX.finditer(match[0]):
                left, low, right, high = map(float, each.groups())
                marks.append(Mark(left, low, right, high, finding.redacted, bool(match[2])))
    return marks[:MOST]
