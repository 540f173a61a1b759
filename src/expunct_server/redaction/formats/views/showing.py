"""A page of a reading view."""

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, Final

from expunct_server.redaction.formats.isolated import parent
from expunct_server.redaction.formats.isolated.limits import Limits
from expunct_server.redaction.formats.marks import Placed
from expunct_server.redaction.formats.views.collecting import KindOf, collected
from expunct_server.redaction.formats.views.placing import framed
from expunct_server.redaction.formats.views.rows import Row, rows

if TYPE_CHECKING:
    from expunct_server.redaction.formats import Format

MOST_FINDINGS: Final = 100_000
"""That are framed or named; of others it is only told that there are more."""
_MORE: Final = "More was removed than is framed or named here."
_DRAWING: Final = "expunct_server.redaction.formats.views.drawing"


def view(
    source: BinaryIO, kind: "Format", page: int, findings: Iterable[Placed], limits: Limits, kind_of: KindOf
) -> bytes:
    """A page, from 1, as a PNG, with a frame around what stands for each of the findings, or a line that names it.

    `source` is a real file. Raises DocumentError, with the code `no_such_page` beyond the last one.
    """
    return _drawn(view_rows(source, kind, findings, limits, kind_of), page, limits)


def view_rows(
    source: BinaryIO, kind: "Format", findings: Iterable[Placed], limits: Limits, kind_of: KindOf
) -> list[Row]:
    """What all pages say. Raises DocumentError."""
    said = collected(source, kind, limits, kind_of)
    given = list(islice(findings, MOST_FINDINGS + 1))
    frames, left = framed(said.pieces, given[:MOST_FINDINGS])
    made = rows(said.pieces, frames, left, whole=said.whole)
    return [*made, Row("note", "", _MORE, [])] if len(given) > MOST_FINDINGS else made


def _drawn(said: Sequence[Row], page: int, limits: Limits) -> bytes:
    with (
        tempfile.TemporaryFile() as target,
        tempfile.TemporaryFile() as nothing,
        parent.process(_DRAWING, nothing, target, limits, limits.budget()) as wire,
    ):
        wire.send({"module": _DRAWING, "task": "draw", "limits": asdict(limits), "page": page, "rows": said})
        parent.ended(wire.receive()[0])
        target.seek(0)
        return target.read()
