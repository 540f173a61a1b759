"""A page of a reading view."""

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated import parent
from expunct_server.redaction.formats.isolated.limits import Budget, Limits
from expunct_server.redaction.formats.marks import Placed, marks_on, page_of
from expunct_server.redaction.formats.views.collecting import KindOf, Picture, collected
from expunct_server.redaction.formats.views.layout import LINES
from expunct_server.redaction.formats.views.pieces import around
from expunct_server.redaction.formats.views.placing import framed
from expunct_server.redaction.formats.views.rows import Drawn, Row, rows

if TYPE_CHECKING:
    from expunct_server.redaction.formats import Format

MOST_FINDINGS: Final = 100_000
"""That are framed or named; of others it is only told that there are more."""
_MOST_PAGES: Final = 20  # of one picture
_MORE: Final = "More was removed than is framed or named here."
_DRAWING: Final = "expunct_server.redaction.formats.views.drawing"


class Pages(NamedTuple):
    """Which pages of a picture are shown, and what was removed on them, placed in the picture."""

    picture: Picture
    numbers: list[int]
    findings: list[Placed]

    def drawn(self, number: int) -> Iterator[Drawn]:
        """A picture has half a page, a page of text a whole one, with room for what it is called."""
        lines = LINES // 2 - 1 if self.picture.is_image else LINES - 2
        yield from (Drawn(number, page, lines) for page in self.numbers)


class View(NamedTuple):
    """What all pages of a view say, and the pictures that are drawn in it."""

    rows: list[Row]
    pictures: list[Pages]


@dataclass(frozen=True, slots=True)
class Showing:
    """How much one look may take, in all processes together."""

    limits: Limits
    budget: Budget

    def view(self, source: BinaryIO, kind: "Format", findings: Iterable[Placed], kind_of: KindOf) -> View:
        """`source` is a real file. Raises DocumentError."""
        said = collected(source, kind, self.limits, self.budget, kind_of)
        given = list(islice(findings, MOST_FINDINGS + 1))
        pictures, others = _pages(said.pictures, given[:MOST_FINDINGS])
        frames, left = framed(said.pieces, others)
        drawn = [list(each.drawn(number)) for number, each in enumerate(pictures)]
        made = rows(said.pieces, frames, left, drawn, whole=said.whole)
        more = [Row("note", "", _MORE, [])] if len(given) > MOST_FINDINGS else []
        return View(made + more, pictures)

    def drawn(self, view: View, page: int) -> bytes:
        """A page, from 1, as a PNG. Raises DocumentError."""
        said = view.rows[: page * LINES + 1]  # each is a line at least; one more tells that there are more
        with (
            tempfile.TemporaryFile() as target,
            tempfile.TemporaryFile() as nothing,
            parent.process(_DRAWING, nothing, target, self.limits, self.budget) as wire,
        ):
            task = {"module": _DRAWING, "task": "draw", "page": page, "rows": said}
            wire.send(task | {"limits": asdict(self.limits)})
            while "picture" in (message := wire.receive()[0]):
                wire.send({}, self._picture(view.pictures, *parent.listed(message["picture"], 2)))
            parent.ended(message)
            target.seek(0)
            return target.read()

    def _picture(self, pictures: Sequence[Pages], number: object, page: object) -> bytes:
        """A page of a picture as a PNG; nothing for one that cannot be shown, nor for one that is none."""
        if not (isinstance(number, int) and 0 <= number < len(pictures) and isinstance(page, int)):
            return b""
        picture, _, findings = pictures[number]
        with tempfile.TemporaryFile() as source:
            source.write(picture.data)
            source.seek(0)
            try:
                marks = marks_on(page, findings)
                return parent.preview(picture.kind.module, source, page, marks, self.limits, self.budget)
            except DocumentError:
                return b""


def view(
    source: BinaryIO, kind: "Format", page: int, findings: Iterable[Placed], limits: Limits, kind_of: KindOf
) -> bytes:
    """A page, from 1, as a PNG, with a frame around what stands for each of the findings, or a line that names it.

    `source` is a real file. Raises DocumentError, with the code `no_such_page` beyond the last one.
    """
    showing = Showing(limits, limits.budget())
    return showing.drawn(showing.view(source, kind, findings, kind_of), page)


def _pages(pictures: Sequence[Picture], findings: Sequence[Placed]) -> tuple[list[Pages], list[Placed]]:
    """Which pages of pictures are shown, those where something was removed or the first; and the findings elsewhere."""
    places = Counter(picture.place for picture in pictures)  # of several in one place nobody knows which is meant
    numbers = {picture.place: number for number, picture in enumerate(pictures) if places[picture.place] == 1}
    found: dict[int, dict[int, list[Placed]]] = defaultdict(lambda: defaultdict(list))  # by pages, by pictures
    others: list[Placed] = []
    for finding in findings:
        number, below = _in_picture(finding, numbers) or (0, None)
        page = page_of(below.location or "") if below else None
        if below is None or page is None or (page not in found[number] and len(found[number]) == _MOST_PAGES):
            others.append(finding)
        else:
            found[number][page].append(below)
    made = [
        Pages(picture, sorted(found[n]) or [1], [each for some in found[n].values() for each in some])
        for n, picture in enumerate(pictures)
    ]
    return made, others


def _in_picture(finding: Placed, numbers: dict[str, int]) -> tuple[int, Placed] | None:
    """The number of the picture that a finding is in, and the finding as it is placed there."""
    location = finding.location or ""
    for place in around(location) if numbers else ():
        if place in numbers:
            return numbers[place], finding._replace(location=location[len(place) + 2 :])
    return None
