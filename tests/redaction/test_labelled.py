"""The labelled set of our own: sound in itself, and a floor under what the engine finds in it.

The floors lie a little below what was measured. A change that falls through one has lost something; one that gets well
above should raise it.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping

import pytest
from bench.detection import worker
from bench.detection.scoring import Prediction, Score, score
from bench.detection.sets import NEGATIVES, Gold, own, parse
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, imei, luhn
from stdnum.us import rtn

from expunct_server.redaction.entities import ENTITY_TYPES
from tests.redaction.helpers import few

SET = own()
LEAST_OF_A_TYPE, LEAST_NEGATIVES = 12, 100
CHECKED: dict[str, Callable[[str], bool]] = {
    "CREDIT_CARD": lambda value: bool(luhn.is_valid(re.sub(r"[ -]", "", value))),
    "IBAN_CODE": lambda value: bool(iban.is_valid(value)),
    "US_NPI": lambda value: bool(luhn.is_valid("80840" + value)),
    "US_BANK_NUMBER": lambda value: len(value) != 9 or bool(rtn.is_valid(value)),
    "DEVICE_ID": lambda value: not re.fullmatch(r"\d{15}", value) or bool(imei.is_valid(value)),
}
# Where the form says it: recall and precision leave little to chance.
STRUCTURED = (
    "CREDIT_CARD", "IBAN", "CRYPTO", "EMAIL", "URL", "IP", "MAC_ADDRESS", "PHONE", "US_SSN", "US_ITIN", "US_PASSPORT",
    "NATIONAL_ID", "HEALTH_ID", "VEHICLE_ID", "SECRET", "DATE",
)  # fmt: skip


# --- the set ----------------------------------------------------------------------------------------------------------


def test_marks_are_read() -> None:
    assert parse("A {PERSON|Jo} {x} {?DATE_TIME|8:00}\nsk~+~_{SECRET|a~+~b}{}") == (
        "A Jo {x} 8:00\nsk_ab{}",
        (Gold(2, 4, "PERSON"), Gold(9, 13, "DATE_TIME", ignored=True), Gold(17, 19, "SECRET")),
    )


_plain = st.text(st.characters(exclude_characters="{}~", exclude_categories=["Cs"]), max_size=6)


@few
@given(st.lists(st.tuples(_plain, st.sampled_from(sorted(ENTITY_TYPES)), _plain, st.booleans())), _plain)
def test_marking_and_reading_is_the_identity(parts: list[tuple[str, str, str, bool]], end: str) -> None:
    marked = "".join(f"{before}{{{'?' * ignored}{kind}|{value}}}" for before, kind, value, ignored in parts) + end
    text, spans = parse(marked)
    assert text == "".join(before + value for before, _, value, _ in parts) + end
    assert [(text[s.start : s.end], s.type, s.ignored) for s in spans] == [(v, k, i) for _, k, v, i in parts]


def test_the_set_has_every_type_and_hard_negatives() -> None:
    counted = Counter(s.type for d in SET for s in d.spans if not s.ignored)
    assert {name: counted[name] for name in ENTITY_TYPES if counted[name] < LEAST_OF_A_TYPE} == {}
    assert set(counted) == set(ENTITY_TYPES)
    clean = [d for d in SET if d.id.startswith(NEGATIVES)]
    assert len(clean) >= LEAST_NEGATIVES
    assert [d.id for d in clean if d.spans] == []


def test_the_set_is_marked_properly() -> None:
    wrong = [d.id for d in SET if not d.text or re.search(r"\{\??[A-Za-z_ ]+\||~\+~", d.text)]
    assert wrong == []
    spans = [(d, s) for d in SET for s in d.spans]
    values = [(d.id, d.text[s.start : s.end]) for d, s in spans]
    assert [each for each in values if not each[1] or each[1] != each[1].strip()] == []
    texts = Counter(d.text for d in SET)
    assert [text for text, number in texts.items() if number > 1] == []


def test_numbers_of_the_set_have_their_check_digits() -> None:
    wrong = [
        (d.id, s.type)
        for d in SET
        for s in d.spans
        if s.type in CHECKED and not CHECKED[s.type](d.text[s.start : s.end])
    ]
    assert wrong == []


# --- the engine -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["balanced", "fast"])
def measured(request: pytest.FixtureRequest) -> tuple[str, Score, Mapping[str, list[Prediction]]]:
    """A profile, its score on the set, and what it found by document."""
    detector = worker.ours(request.param)
    found = {d.id: detector(d.text, d.language) for d in SET}
    return request.param, score(SET, found), found


def test_structured_types_are_found(measured: tuple[str, Score, object]) -> None:
    _, got, _ = measured
    low = {name: round(got.by_type[name].f(), 3) for name in STRUCTURED if got.by_type[name].f() < 0.9}
    assert low == {}


def test_nothing_much_is_lost(measured: tuple[str, Score, object]) -> None:
    profile, got, _ = measured
    floors = {"balanced": (0.88, 0.91, 0.045), "fast": (0.985, 0.81, 0.22)}
    precision, f2, most_missed = floors[profile]
    figures = got.figures()
    assert figures["precision"] >= precision
    assert figures["f2"] >= f2
    assert figures["missed"] <= most_missed


def test_few_false_alarms(measured: tuple[str, object, Mapping[str, list[Prediction]]]) -> None:
    profile, _, found = measured
    alarms = sum(len(spans) for name, spans in found.items() if name.startswith(NEGATIVES))
    assert alarms <= {"balanced": 32, "fast": 2}[profile]
