"""Months in their order, such as the categories of a chart: no names, whatever a model says of `Jan` and `June`."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from typing import Final

_LEAST: Final = 3
"""Months in a row that make a series: two may be people (`April`, `May`)."""
# English, German, French, Spanish, Italian, Portuguese and Dutch, short and whole.
_MONTHS: Final = (
    "jan january januar jän jänner janv janvier ene enero gen gennaio janeiro januari",
    "feb february februar févr février febr febrero febbraio fev fevereiro februari",
    "mar march mär märz mars marzo março mrt maart",
    "apr april avr avril abr abril aprile",
    "may mai mayo mag maggio maio mei",
    "jun june juni juin junio giu giugno junho",
    "jul july juli juil juillet julio lug luglio julho",
    "aug august août ago agosto augustus",
    "sep sept september septembre septiembre set settembre setembro",
    "oct october okt oktober octobre octubre ott ottobre out outubro",
    "nov november novembre noviembre novembro",
    "dec december dez dezember déc décembre dic diciembre dicembre dezembro",
)
_PLACES: Final = {name: place for place, names in enumerate(_MONTHS) for name in names.split()}


def in_series(texts: Iterable[tuple[Hashable, str]]) -> set[int]:
    """Which of the texts are months that follow each other, three or more, among those of the same column or key."""
    columns: defaultdict[Hashable, list[tuple[int, int | None]]] = defaultdict(list)
    for i, (column, text) in enumerate(texts):
        columns[column].append((i, _PLACES.get(text.strip(" \t\r\n.").lower())))
    return {i for column in columns.values() for run in _runs(column) if len(run) >= _LEAST for i in run}


def _runs(column: Iterable[tuple[int, int | None]]) -> Iterable[list[int]]:
    run: list[int] = []
    before: int | None = None
    for i, place in column:
        if place is None or before is None or place != (before + 1) % len(_MONTHS):
            yield run
            run = []
        if place is not None:
            run.append(i)
        before = place
    yield run
