"""Every kind of document: a value is gone from whatever place it is in; what was none is still there, form and all."""

import pytest

from expunct_server.redaction import formats
from expunct_server.redaction.findings import Finding
from tests.redaction.formats.cases import Case, all_cases
from tests.redaction.formats.views.helpers import named, rows_of
from tests.redaction.helpers import redacted_file

TYPES = frozenset({"EMAIL_ADDRESS"})


@pytest.fixture(params=list(all_cases()), ids=lambda case: case.filename)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def test_what_is_planted_is_gone_from_every_place_and_the_rest_is_still_there(case: Case):
    planted = case.planted()
    source = case.make(planted)
    before = case.read(source)
    assert [place for place, value in planted.items() if value.split("@")[0] not in before] == [], "never planted"

    output, findings, summary = redacted_file(source, case.filename, entity_types=TYPES)

    after = case.read(output)
    left = {place: value for place, value in planted.items() if value.split("@")[0] in after.lower()}
    assert left == {}
    assert [text for text in case.kept if text not in after] == []
    case.check(output)
    assert summary.media_type == case.media_type
    assert summary.findings_count == len(findings)
    places = [(f.location, f.start, f.text) for f in findings]
    assert len(set(places)) == len(places), "said twice of one value in one place"
    found = {f.text: f.location for f in findings}
    assert {place for place in case.places if planted[place] not in found} - case.dropped == set()
    assert {place: found[planted[place]] for place in case.locations} == case.locations

    _is_shown(case, output, findings)
    _, findings, _ = redacted_file(output, case.filename, entity_types=TYPES)
    assert findings == [], "found a second time"


def _is_shown(case: Case, output: bytes, findings: list[Finding]) -> None:
    """The view of a result has a frame for most findings, a word for each other, and nothing that was removed."""
    if formats.sniff(output, case.filename, len(output)).has_pages:
        return
    rows = rows_of(output, case.filename, findings)
    framed = sum(len(row.frames) for row in rows)
    assert framed + named(rows) == len(findings)
    assert framed * 3 >= len(findings) * 2
    assert all(row.text[start:end].strip("<>") == "EMAIL_ADDRESS" for row in rows for start, end in row.frames)
    said = "\n".join(f"{row.caption} {row.text}" for row in rows)
    assert [place for place, value in case.planted().items() if value.split("@")[0] in said.lower()] == []
