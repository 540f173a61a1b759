"""From the places of findings to marks on a page."""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from expunct_server.redaction.formats.isolated.work import Mark

_PLAIN: Final = r"box(?: -?\d{1,7}){4}"
_BOX = re.compile(_PLAIN)
_PAGE: Final = r"page (?P<page>\d{1,6}), "
_MORE: Final = " and so on"
_BOXES: Final = rf"(?:code, )?(?P<boxes>{_PLAIN}(?: and {_PLAIN})*)(?:{_MORE})?"
_PLACES: Final = (
    re.compile(rf"(?:{_PAGE})?(?P<seen>as it is seen, )?{_BOXES}"),
    re.compile(rf"{_PAGE}picture \((?P<picture>{_PLAIN})\), {_BOXES}"),
    re.compile(rf"{_PAGE}annotation \d+ \((?P<boxes>{_PLAIN})\)(?:, .*)?"),
)
"""What is on a page; on a picture on it, in the picture's pixels; what an annotation says, wherever in it."""
_MOST_BOXES: Final = 10  # of one finding: places have a bounded length
MOST: Final = 5_000
"""Marks on one page: more cannot be told apart."""


class Placed(NamedTuple):
    """A finding's `location` and what it has become; from where to where it was in the text of that place."""

    location: str | None
    redacted: str
    entity_type: str = ""
    start: int = 0
    end: int = 0


def joined(boxes: Sequence[str]) -> str:
    """Where a finding is that goes over lines' ends: `box 20 40 180 62 and box 20 64 90 86`."""
    return " and ".join(boxes[:_MOST_BOXES]) + (_MORE if len(boxes) > _MOST_BOXES else "")


def marks_on(page: int, findings: Iterable[Placed]) -> list[Mark]:
    """The boxes of those that are on the page, from 1; a picture of one page names none. At most `MOST`.

    What goes over the end of a line has several.
    """
    marks: list[Mark] = []
    for finding in findings:
        said = _said(finding.location or "")
        if said and int(said.get("page", 1)) == page:
            picture = _sides(said["picture"]) if "picture" in said else None
            for each in _BOX.findall(said["boxes"]):
                marks.append(Mark(*_sides(each), finding.redacted, "seen" in said, picture))
    return marks[:MOST]


def page_of(location: str) -> int | None:
    """The page that a place with boxes is on; None for other places."""
    said = _said(location)
    return int(said.get("page", 1)) if said else None


def _said(location: str) -> dict[str, str]:
    """The parts of a place; nothing for one that is on no page, or in an attachment, which has pages of its own."""
    match = next((match for each in _PLACES if (match := each.fullmatch(location))), None)
    return {name: said for name, said in match.groupdict().items() if said} if match else {}


def _sides(box: str) -> tuple[float, float, float, float]:
    left, low, right, high = map(float, box.split()[1:])
    return left, low, right, high
