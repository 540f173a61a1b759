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
from bench.detection.sets import NEGATIVES, Document, Gold, own, parse
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
STRUCTURED = ("CREDIT_CARD", "IBAN", "EMAIL", "IP", "US_SSN", "CRYPTO", "MAC_ADDRESS", "US_ITIN")


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
    wrong = [d.id for d in SET if not d.text or re.search(r"\{\??[A-Za-z_]+\||~\+~", d.text)]
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


# --- the measure ------------------------------------------------------------------------------------------------------


def test_the_measure_by_hand() -> None:
    #       0         1         2         3
    #       0123456789012345678901234567890123456
    text = "Jane Doe, Oslo, on 3 May at 8:00, ok."
    gold = (
        Gold(0, 8, "PERSON"),
        Gold(10, 14, "LOCATION"),
        Gold(19, 24, "DATE_TIME"),
        Gold(28, 32, "DATE_TIME", ignored=True),
    )
    found: dict[str, list[Prediction]] = {
        "a": [
            (0, 4, "PER"),  # four of seven characters: found, and right
            (9, 14, "ORG"),  # a type the set has no labels for: not wrong, and Oslo is not left
            (20, 24, "EMAIL_ADDRESS"),  # the same: three of the four characters of the date are covered
            (27, 32, "DATE"),  # most of it is ignored
            (33, 36, "PERSON"),  # wrong
        ]
    }
    got = score([Document("a", text, gold), Document("b", "Oslo", (Gold(0, 4, "GPE"),))], found)
    assert {name: (c.found, c.gold, c.right, c.predicted) for name, c in got.by_type.items()} == {
        "DATE": (0, 1, 0, 0),
        "LOCATION": (0, 2, 0, 0),
        "PERSON": (1, 1, 1, 2),
    }
    assert got.missed == 1  # Oslo in b, of which nothing is covered
    assert got.partly == 3  # Doe, 3 and that Oslo
    assert (got.characters.found, got.characters.gold) == (4 + 4 + 3, 7 + 4 + 4 + 4)
    assert (got.characters.right, got.characters.predicted) == (11, 11 + 2)
    figures = got.figures()
    assert (figures["precision"], figures["recall"], figures["f1"]) == (1 / 2, 1 / 4, 1 / 3)
    assert figures["f2"] == pytest.approx(5 / 18)
    assert (figures["missed"], figures["partly"]) == (1 / 4, 3 / 4)


def test_the_measure_of_everything_and_of_nothing() -> None:
    documents = [d for d in SET if d.spans][:20]
    everything = {d.id: [(s.start, s.end, s.type) for s in d.spans] for d in documents}
    best, worst = score(documents, everything).figures(), score(documents, {}).figures()
    assert best == dict.fromkeys(best, 1.0) | {"missed": 0.0, "partly": 0.0}
    assert worst == dict.fromkeys(worst, 0.0) | {"missed": 1.0, "partly": 1.0}


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
    floors = {"balanced": (0.72, 0.53, 0.40), "fast": (0.90, 0.37, 0.66)}
    precision, f2, most_missed = floors[profile]
    figures = got.figures()
    assert figures["precision"] >= precision
    assert figures["f2"] >= f2
    assert figures["missed"] <= most_missed


def test_few_false_alarms(measured: tuple[str, object, Mapping[str, list[Prediction]]]) -> None:
    profile, _, found = measured
    alarms = sum(len(spans) for name, spans in found.items() if name.startswith(NEGATIVES))
    assert alarms <= {"balanced": 32, "fast": 4}[profile]
